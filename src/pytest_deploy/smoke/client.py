"""Clients that are safe to use against anything.

They are httpx's, with these differences: ``timeout`` is the time that a request may take *in all*, redirects and body included, and
there always is one; bodies are bounded; credentials go to the base URL's origin only; what fails is one sentence
(:mod:`pytest_deploy.smoke.failures`). Proxies of the environment are used, but never for this machine.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from pytest_deploy import __version__
from pytest_deploy.settings import Settings
from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.address import Address, Origin, shown
from pytest_deploy.smoke.credentials import SettingsAuth, from_settings, origin_of, without_credentials
from pytest_deploy.smoke.exchange import Exchange
from pytest_deploy.smoke.failures import RequestFailed, SettingsProblem
from pytest_deploy.smoke.response import LARGEST
from pytest_deploy.smoke.transport import AsyncSafeTransport, Guard, SafeTransport
from pytest_deploy.smoke.trust import context

REDIRECTS = 10
"""How many redirects in a row are followed, where they are."""

_DEFAULT = httpx.USE_CLIENT_DEFAULT


def new_client(address: Address | str, settings: Settings | None = None, *, root: Path | None = None, **kwargs: Any) -> httpx.Client:
    """A client on a base URL, with the credentials and certificates of the settings (files relative to ``root``, else to here).

    ``kwargs`` are those of ``httpx.Client``; ``largest`` is how many bytes of a body are read. ``auth=None`` leaves the credentials of the
    settings out. Raises ``SettingsProblem`` when an environment variable or a file that the settings name is not there.
    """
    made, arguments = _prepare(SafeTransport, address, settings or Settings(), root or Path(), kwargs)
    return SmokeClient(made, **arguments)


def new_async_client(
    address: Address | str, settings: Settings | None = None, *, root: Path | None = None, **kwargs: Any
) -> httpx.AsyncClient:
    """The same for tasks."""
    made, arguments = _prepare(AsyncSafeTransport, address, settings or Settings(), root or Path(), kwargs)
    return AsyncSmokeClient(made, **arguments)


def _prepare(
    kind: Callable[..., Any], address: Address | str, settings: Settings, root: Path, kwargs: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The transport, and what the client itself is told."""
    address = kwargs.pop("base_url", address)
    address = address if isinstance(address, Address) else Address.parse(str(address))
    arguments: dict[str, Any] = {
        "base_url": address.url,
        "timeout": settings.health.timeout,
        "max_redirects": REDIRECTS,
        **kwargs,
        "trust_env": False,  # proxies are chosen by the transport, trust by the settings
    }
    headers = httpx.Headers({"User-Agent": f"pytest-deploy/{__version__}", "Accept-Encoding": "gzip, deflate"})
    headers.update(arguments.pop("headers", None))
    arguments["headers"] = headers
    credentials = {} if "auth" in arguments else from_settings(address, settings.auth)
    if credentials:
        arguments["auth"] = SettingsAuth()
    trust = _trust(arguments, settings, root)
    seconds = _seconds(httpx.Timeout(arguments["timeout"]).as_dict()) or settings.health.timeout
    largest, proxy, http2 = arguments.pop("largest", LARGEST), arguments.pop("proxy", None), arguments.pop("http2", False)
    made = arguments.pop("transport", None)
    if made is None:
        way = None if proxy is None else str(getattr(proxy, "url", proxy))
        made = kind(address.origin, credentials, trust, largest, seconds, way, http2)
    return made, {**arguments, "longest": seconds}


def _trust(arguments: dict[str, Any], settings: Settings, root: Path) -> ssl.SSLContext:
    """The context: what the arguments say (``verify``, ``cert``, as httpx has them), else the settings."""
    verify, cert = arguments.pop("verify", True), arguments.pop("cert", None)
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is True and cert is None:
        return context(settings.tls, root)
    if verify is False:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    else:
        made = ssl.create_default_context(cafile=None if verify is True else str(verify))
    if cert is not None:
        try:
            made.load_cert_chain(*([cert] if isinstance(cert, str | Path) else cert))
        except OSError as error:
            raise SettingsProblem(f"the client's certificate cannot be used: {error.strerror or error}") from None
    return made


def _seconds(timeout: dict[str, Any]) -> float | None:
    """The time for the whole request that a timeout of httpx stands for: the longest of its parts; ``None`` where there is none."""
    return max((float(one) for one in timeout.values() if one is not None), default=None)


class _Careful:
    """What both clients do before and after they send."""

    _guard: Any
    _longest: float

    def _start(self, request: httpx.Request) -> None:
        seconds = _seconds(request.extensions.get("timeout") or {}) or self._longest
        before = request.extensions.get("exchange")  # a redirect that a test follows by hand is one still
        origin = before.origin if isinstance(before, Exchange) else origin_of(request.url)
        request.extensions = {**request.extensions, "exchange": Exchange(seconds, origin)}

    @property
    def _home(self) -> Origin | None:
        return self._guard.home if isinstance(self._guard, Guard) else None

    def _is_foreign(self, request: httpx.Request) -> bool:
        return self._home is not None and origin_of(request.url) != self._home

    def _built(self, request: httpx.Request, headers: Any) -> httpx.Request:
        """To another origin goes what the caller gives for this very request, and nothing that was meant for the base URL."""
        if self._is_foreign(request):
            request.headers = without_credentials(request.headers, but=httpx.Headers(headers))
        return request

    def _failed(self, request: httpx.Request, error: Exception, redirects: int) -> RequestFailed:
        kind: type[RequestFailed] = kinds.RedirectRefused
        what = f"it redirects to what is no address ({error})"
        if isinstance(error, httpx.TooManyRedirects):
            kind, what = kinds.EndlessRedirects, f"it redirected more than {redirects} times in a row"
        return kind(what, method=request.method, url=shown(str(request.url)), seconds=request.extensions["exchange"].elapsed)


class SmokeClient(_Careful, httpx.Client):
    """See :func:`new_client`."""

    def __init__(self, transport: Any, *, longest: float, **arguments: Any) -> None:
        super().__init__(transport=transport, **arguments)
        self._guard = transport
        self._longest = longest
        if isinstance(transport, Guard):
            transport.jar = lambda: self.cookies.jar

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """As in httpx."""
        return self._built(super().build_request(method, url, **kwargs), kwargs.get("headers"))

    def send(self, request: httpx.Request, *, auth: Any = _DEFAULT, **kwargs: Any) -> httpx.Response:
        """As in httpx. Raises a kind of ``RequestFailed``."""
        __tracebackhide__ = True
        self._start(request)
        if auth is _DEFAULT and self._is_foreign(request):
            auth = None
        try:
            return super().send(request, auth=auth, **kwargs)
        except RequestFailed as error:
            failure: Exception = error.with_traceback(None)
        except (httpx.TooManyRedirects, httpx.RemoteProtocolError) as error:
            failure = self._failed(request, error, self.max_redirects)
        raise failure from None


class AsyncSmokeClient(_Careful, httpx.AsyncClient):
    """See :func:`new_async_client`."""

    def __init__(self, transport: Any, *, longest: float, **arguments: Any) -> None:
        super().__init__(transport=transport, **arguments)
        self._guard = transport
        self._longest = longest
        if isinstance(transport, Guard):
            transport.jar = lambda: self.cookies.jar

    def build_request(self, method: str, url: httpx.URL | str, **kwargs: Any) -> httpx.Request:
        """As in httpx."""
        return self._built(super().build_request(method, url, **kwargs), kwargs.get("headers"))

    async def send(self, request: httpx.Request, *, auth: Any = _DEFAULT, **kwargs: Any) -> httpx.Response:
        """As in httpx. Raises a kind of ``RequestFailed``."""
        __tracebackhide__ = True
        self._start(request)
        if auth is _DEFAULT and self._is_foreign(request):
            auth = None
        try:
            return await super().send(request, auth=auth, **kwargs)
        except RequestFailed as error:
            failure: Exception = error.with_traceback(None)
        except (httpx.TooManyRedirects, httpx.RemoteProtocolError) as error:
            failure = self._failed(request, error, self.max_redirects)
        raise failure from None
