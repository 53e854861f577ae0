"""What really sends: pools of connections with a deadline, bounded bodies and a guard over credentials."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import CookieJar
from typing import Any

import anyio
import httpcore
import httpx

from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.address import Origin, is_loopback, shown
from pytest_deploy.smoke.credentials import origin_of, without_credentials
from pytest_deploy.smoke.exchange import CURRENT, Exchange
from pytest_deploy.smoke.failures import SettingsProblem
from pytest_deploy.smoke.network import AsyncNetwork, Network
from pytest_deploy.smoke.response import AsyncBodyStream, BodyStream, SafeResponse, encodings
from pytest_deploy.smoke.translation import Situation

KEEP_ALIVE = 2.0
"""Seconds after which an idle connection is not used again: less than what servers wait (uvicorn: 5), which would close it just then."""

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Requests that ask for nothing to be done: to send one twice does no harm."""

_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    OSError,
)


class Guard:
    """What both transports share: who gets which headers, and by which way."""

    def __init__(
        self,
        home: Origin,
        credentials: Mapping[str, str],
        trust: ssl.SSLContext,
        largest: int,
        seconds: float,
        proxy: str | None,
        http2: bool,
    ) -> None:
        self.home = home
        self.jar: Callable[[], CookieJar] = CookieJar
        self._credentials = credentials
        self._trust = trust
        self._largest = largest
        self._seconds = seconds
        self._proxy = proxy
        self._http2 = http2
        self._pools: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _begin(self, request: httpx.Request) -> Situation:
        exchange = request.extensions.get("exchange")
        if not isinstance(exchange, Exchange):
            exchange = Exchange(self._seconds, origin_of(request.url))
        exchange.phase, exchange.connected, exchange.heard = "answer", False, False
        return Situation(exchange, request.method, shown(str(request.url)), request.url.host)

    def _outgoing(self, request: httpx.Request, situation: Situation) -> httpcore.Request:
        """The request as it is sent: with credentials to the base URL's origin, without any to where a redirect leads."""
        exchange, origin, headers = situation.exchange, origin_of(request.url), request.headers
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise situation.failure(kinds.RedirectRefused, "this is no http or https address; it is not followed")
        if origin != exchange.origin:
            if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
                what = "a redirect to another origin would carry the body of the request there; it is not followed"
                raise situation.failure(kinds.RedirectRefused, what)
            headers = self._for_strangers(request)
        if origin == self.home and exchange.credentials:
            headers = httpx.Headers(headers)
            for name, value in self._credentials.items():
                headers.setdefault(name, value)
        return httpcore.Request(
            request.method,
            httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path),
            headers=headers.raw,
            content=request.stream,
            extensions={
                **{name: value for name, value in request.extensions.items() if name != "exchange"},
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), exchange.left),
            },
        )

    def _for_strangers(self, request: httpx.Request) -> httpx.Headers:
        """Without credentials, and with the cookies that the other host has set itself."""
        headers = without_credentials(request.headers)
        if "cookie" in request.headers:
            theirs = httpx.Cookies()
            for cookie in self.jar():
                if cookie.domain and cookie.domain.lstrip(".").lower() != self.home[1] and cookie.domain != f"{self.home[1]}.local":
                    theirs.jar.set_cookie(cookie)
            probe = httpx.Request(request.method, request.url)
            theirs.set_cookie_header(probe)
            if "cookie" in probe.headers:
                headers["cookie"] = probe.headers["cookie"]
        return headers

    def _incoming(
        self, response: httpcore.Response, situation: Situation, stream: type[BodyStream] | type[AsyncBodyStream]
    ) -> SafeResponse:
        situation.status = response.status
        headers = httpx.Headers(response.headers)
        length = headers.get("content-length", "")
        situation.expected = int(length) if length.isdecimal() else None
        compressed = any(one != "identity" for one in encodings(headers))
        body = stream(response.stream, situation, self._largest, compressed=compressed)
        return SafeResponse.of(response.status, headers.raw, body, dict(response.extensions))

    def _way(self, url: httpx.URL) -> str:
        """The proxy for a URL (empty: none). This machine is never asked for by way of one."""
        if is_loopback(url.host):
            return ""
        if self._proxy is not None:
            return self._proxy
        proxies = urllib.request.getproxies()
        if urllib.request.proxy_bypass(url.host):
            return ""
        return proxies.get(url.scheme) or proxies.get("all") or ""

    def _options(self, network: object) -> dict[str, Any]:
        return {
            "ssl_context": self._trust,
            "max_connections": 100,
            "max_keepalive_connections": 32,
            "keepalive_expiry": KEEP_ALIVE,
            "http2": self._http2,
            "network_backend": network,
        }


def _is_stale(situation: Situation, error: Exception) -> bool:
    """Whether only the connection, one of before, has failed. It is not used again, and so this comes to an end."""
    broken = isinstance(error, httpcore.ReadError | httpcore.WriteError | httpcore.RemoteProtocolError)
    return broken and situation.method in _REPEATABLE and situation.exchange.may_be_sent_again


def _proxy(way: str) -> dict[str, Any]:
    """The arguments for a proxy. Raises ``SettingsProblem`` for one that is not known here."""
    url = httpx.URL(way if "://" in way else f"http://{way}")
    if url.scheme not in ("http", "https") or not url.host:
        raise SettingsProblem(f"the proxy {shown(way)} cannot be used: only http and https proxies are known here")
    login = (url.username.encode(), url.password.encode()) if url.username or url.password else None
    return {"proxy_url": httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"), "proxy_auth": login}


class SafeTransport(Guard, httpx.BaseTransport):
    """For threads."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises a kind of ``RequestFailed``."""
        situation = self._begin(request)
        outgoing = self._outgoing(request, situation)
        pool = self._pool(request.url)
        token = CURRENT.set(situation.exchange)
        try:
            while True:
                try:
                    response = pool.handle_request(outgoing)
                    break
                except _ERRORS as error:
                    if not _is_stale(situation, error):
                        raise situation.translate(error) from None
        finally:
            CURRENT.reset(token)
        return self._incoming(response, situation, BodyStream)

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        way = self._way(url)
        if way not in self._pools:
            options = self._options(Network())
            made = httpcore.HTTPProxy(**_proxy(way), **options) if way else httpcore.ConnectionPool(**options)
            self._pools.setdefault(way, made)  # another thread may have been faster
        pool: httpcore.ConnectionPool = self._pools[way]
        return pool

    def close(self) -> None:
        """End all connections."""
        _each(pool.close for pool in self._pools.values())


def _each(actions: Iterable[Callable[[], None]]) -> None:
    for action in actions:
        action()


class AsyncSafeTransport(Guard, httpx.AsyncBaseTransport):
    """For tasks."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises a kind of ``RequestFailed``."""
        situation = self._begin(request)
        outgoing = self._outgoing(request, situation)
        pool = self._pool(request.url)
        token = CURRENT.set(situation.exchange)
        try:
            while True:
                try:
                    with anyio.fail_after(situation.exchange.left):
                        response = await pool.handle_async_request(outgoing)
                    break
                except _ERRORS as error:
                    if not _is_stale(situation, error):
                        raise situation.translate(error) from None
        finally:
            CURRENT.reset(token)
        return self._incoming(response, situation, AsyncBodyStream)

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        way = self._way(url)
        if way not in self._pools:
            options = self._options(AsyncNetwork())
            self._pools[way] = httpcore.AsyncHTTPProxy(**_proxy(way), **options) if way else httpcore.AsyncConnectionPool(**options)
        pool: httpcore.AsyncConnectionPool = self._pools[way]
        return pool

    async def aclose(self) -> None:
        """End all connections."""
        for pool in self._pools.values():
            await pool.aclose()
