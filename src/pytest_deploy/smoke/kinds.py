"""The kinds of failed request. Each is the exception of httpx that stands for it, too, so that ``except httpx.ConnectError`` and the
like do what people expect."""

from __future__ import annotations

import httpx

from pytest_deploy.smoke.failures import RequestFailed


class UnknownHost(RequestFailed, httpx.ConnectError):
    """The name of the host does not resolve."""


class Refused(RequestFailed, httpx.ConnectError):
    """Nobody listens there."""


class Unreachable(RequestFailed, httpx.ConnectError):
    """There is no way to it."""


class TlsFailed(RequestFailed, httpx.ConnectError):
    """It cannot be trusted, or does not speak TLS."""


class NoConnection(RequestFailed, httpx.ConnectTimeout):
    """No connection in time."""

    names_its_time = True


class NotSent(RequestFailed, httpx.WriteTimeout):
    """The request could not be sent in time."""

    names_its_time = True


class Unsendable(RequestFailed, httpx.LocalProtocolError):
    """The request itself is none: HTTP does not allow what is in it."""


class NoAnswer(RequestFailed, httpx.ReadTimeout):
    """The header of an answer did not come, or not whole, in time."""

    names_its_time = True


class BodyTooSlow(RequestFailed, httpx.ReadTimeout):
    """The header came, the body did not end in time."""

    names_its_time = True


class BrokenOff(RequestFailed, httpx.RemoteProtocolError):
    """The connection ended before the answer did."""


class NotHttp(RequestFailed, httpx.RemoteProtocolError):
    """What came is no HTTP."""


class ProxyFailed(RequestFailed, httpx.ProxyError):
    """The proxy did not let it through."""


class TooLarge(RequestFailed, httpx.DecodingError):
    """The body is larger than what is read."""


class Undecodable(RequestFailed, httpx.DecodingError):
    """The body is not compressed as its header says."""


class EndlessRedirects(RequestFailed, httpx.TooManyRedirects):
    """One redirect after another."""


class RedirectRefused(RequestFailed, httpx.UnsupportedProtocol):
    """A redirect that is not followed: it would carry a body to another origin, or leave HTTP."""
