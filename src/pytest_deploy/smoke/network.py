"""Sockets that keep to the deadline of the whole request.

What httpcore is told is how long *one* read may take: a server that sends one byte a second would be waited for forever. So each
operation here gets the time that is left of the whole, names are resolved in a thread that can be left behind, and all addresses of
a host share the time that one would have.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore

from pytest_deploy.smoke.exchange import CURRENT, left

_PIECE = 16_384


class Network(httpcore.NetworkBackend):
    """TCP connections."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers."""
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.phase, exchange.connected = "connection", True
        addresses = resolve(host, port, left(timeout))
        failed: Exception | None = None
        for number, address in enumerate(addresses):
            time_left = left(timeout)
            share = None if time_left is None else time_left / (len(addresses) - number)
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                if exchange is not None:
                    exchange.phase = "answer"
                return _Stream(stream)
        raise failed or httpcore.ConnectError(f"{host} has no address")


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        _refuse_when_over(httpcore.ReadTimeout)
        return _heard(self._inner.read(max_bytes, left(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            _refuse_when_over(httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.phase = "tls"
        stream = _Stream(self._inner.start_tls(ssl_context, server_hostname, left(timeout)))
        if exchange is not None:
            exchange.phase = "answer"
        return stream

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _heard(data: bytes) -> bytes:
    exchange = CURRENT.get()
    if exchange is not None and data:
        exchange.heard = True
    return data


def _refuse_when_over(kind: type[httpcore.TimeoutException]) -> None:
    # A socket that always has a byte ready never times out by itself.
    exchange = CURRENT.get()
    if exchange is not None and exchange.is_over:
        raise kind("the time is up")


def resolve(host: str, port: int, seconds: float | None) -> list[str]:
    """The addresses of a host, in the order in which the system prefers them.

    The system's resolver cannot be stopped, so it runs in a thread of its own, which is left behind when the time is up. Raises
    ``httpcore.ConnectError`` (from ``socket.gaierror``) when there is none, ``httpcore.ConnectTimeout`` when the time is up.
    """
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(one[4][0]) for one in found)))
        except Exception as error:  # it belongs to the thread that waits
            answers.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from None
    if isinstance(answer, list):
        return answer
    try:
        raise answer  # httpcore drops causes, and keeps contexts
    except Exception as error:
        raise httpcore.ConnectError(str(error)) from error


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """The same for tasks. Their deadline is a cancel scope around the whole."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.phase, exchange.connected = "connection", True
        # Not by the event loop: its threads are waited for when it ends, and the system's resolver cannot be stopped.
        addresses = await anyio.to_thread.run_sync(resolve, host, port, left(timeout), abandon_on_cancel=True)
        failed: Exception | None = None
        for number, address in enumerate(addresses):
            time_left = left(timeout)
            share = None if time_left is None else time_left / (len(addresses) - number)
            try:
                stream = await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                if exchange is not None:
                    exchange.phase = "answer"
                return _AsyncStream(stream)
        raise failed or httpcore.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _heard(await self._inner.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.phase = "tls"
        try:
            stream = _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:  # httpcore closes it after errors, but not when the time is up
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise
        if exchange is not None:
            exchange.phase = "answer"
        return stream

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
