"""What went wrong on the wire, in the words of :mod:`.kinds`."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Iterator

import httpcore

from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.exchange import Exchange
from pytest_deploy.smoke.failures import RequestFailed, duration

_X509 = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "comes from an authority that is not trusted here (a self-signed one in its chain)",
    20: "comes from an authority that is not trusted here, or the server does not send the certificates in between",
    21: "cannot be followed to an authority: the server does not send the certificates in between",
    23: "has been revoked",
    62: "is for another host",
    64: "is for another address",
}
"""The codes of OpenSSL's verification (``openssl verify``, x509_vfy.h)."""


_LONGEST = 120


class Situation:
    """Where a request stood when something happened to it. ``received`` counts the bytes of the body, as they came over the wire."""

    def __init__(self, exchange: Exchange, method: str, url: str, host: str) -> None:
        self.exchange = exchange
        self.method = method
        self.url = url
        self.host = host
        self.status: int | None = None
        self.received = 0
        self.expected: int | None = None

    def failure(self, kind: type[RequestFailed], what: str) -> RequestFailed:
        """A failure of a kind."""
        return kind(what, method=self.method, url=self.url, seconds=self.exchange.elapsed, status=self.status)

    def late(self) -> RequestFailed:
        """The time is up: what it was spent on."""
        time = duration(self.exchange.seconds)
        match self.exchange.phase:
            case "connection":
                return self.failure(kinds.NoConnection, f"no connection within {time}")
            case "tls":
                return self.failure(kinds.NoConnection, f"connected, but TLS was not agreed on within {time}")
            case "body":
                return self.failure(kinds.BodyTooSlow, f"the body did not end within {time} ({self._so_far()})")
            case _:
                return self.failure(kinds.NoAnswer, f"connected, but no answer came within {time}")

    def _so_far(self) -> str:
        return f"{self.received:,} bytes came" if self.expected is None else f"{self.received:,} of {self.expected:,} bytes came"

    def translate(self, error: Exception) -> RequestFailed:
        """The failure that an exception of httpcore, or of the operating system below it, stands for."""
        if isinstance(error, httpcore.WriteTimeout):
            return self.failure(kinds.NotSent, f"the request could not be sent within {duration(self.exchange.seconds)}")
        if isinstance(error, httpcore.LocalProtocolError):  # its text repeats the header, which may be a secret
            return self.failure(kinds.Unsendable, "the request cannot be sent: a header holds a character that HTTP does not allow")
        if isinstance(error, httpcore.TimeoutException | TimeoutError):
            return self.late()
        if isinstance(error, httpcore.ProxyError):
            return self.failure(kinds.ProxyFailed, f"the proxy refused: {error}")
        if self.status is not None:
            return self.failure(kinds.BrokenOff, f"the body broke off ({self._so_far()})")
        causes = tuple(_causes(error))
        if isinstance(error, httpcore.ConnectError) or self.exchange.phase in ("connection", "tls"):
            return self._not_connected(error, causes)
        if any(isinstance(one, OSError) for one in causes) or "disconnected" in str(error):
            return self.failure(kinds.BrokenOff, "the connection was closed before an answer came")
        return self.failure(kinds.NotHttp, f"what answers does not speak HTTP as it should: {str(error)[:_LONGEST]}")

    def _not_connected(self, error: Exception, causes: tuple[BaseException, ...]) -> RequestFailed:
        for one in causes:
            if isinstance(one, ssl.SSLCertVerificationError):
                said = _X509.get(one.verify_code, f"is not accepted: {one.verify_message}")
                also = f" ({one.verify_message})" if one.verify_code in (62, 64) else ""
                return self.failure(kinds.TlsFailed, f"the certificate {said}{also}")
            if isinstance(one, ssl.SSLError) and one.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
                return self.failure(kinds.TlsFailed, "what listens there does not speak TLS: the address may be one of plain http")
            if isinstance(one, ssl.SSLError):
                reason = (one.reason or str(one)).replace("_", " ").lower()
                return self.failure(kinds.TlsFailed, f"TLS cannot be agreed on: {reason}")
            if isinstance(one, socket.gaierror):
                return self.failure(kinds.UnknownHost, f"the host name {self.host} does not resolve ({one.strerror or one})")
        if any(isinstance(one, ConnectionRefusedError) for one in causes):
            return self.failure(kinds.Refused, "the connection was refused: nothing listens there")
        if self.exchange.phase == "tls":
            return self.failure(kinds.TlsFailed, "the connection was closed while TLS was being agreed on")
        number = next((one.errno for one in causes if isinstance(one, OSError) and one.errno), 0)
        because = os.strerror(number) if number in errno.errorcode else str(error)
        return self.failure(kinds.Unreachable, f"no connection: {because}" if because else "no connection")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and all that led to it."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__context__, one.__cause__]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions
