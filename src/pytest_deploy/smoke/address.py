"""The base URL: where the deployment is, and how it may be shown."""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from pytest_deploy.secrets import is_secret_name, mask, mask_value
from pytest_deploy.smoke.failures import SettingsProblem

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port (RFC 6454)."""

_PORTS = {"http": 80, "https": 443}
_QUERY = re.compile(r"(?<=[?&;#])(?P<name>[^=&;#\s]+)=(?P<value>[^&;#\s]+)")
_USERINFO = re.compile(r"(?<=://)[^/?#\s]*@")
_ANYTHING_BEFORE_AT = re.compile(r"(?<=://).*@", re.DOTALL)
"""The same where what it is in cannot be read: a password with a slash in it, say."""
_ALSO_SECRET = frozenset(
    {"sig", "signature", "code", "key", "auth", "session", "sid", "jwt", "x-amz-signature", "x-goog-signature", "hmac"}
)
"""Names in queries that are secret there, though elsewhere they need not be."""


@dataclass(frozen=True, slots=True)
class Address:
    """A base URL. ``url`` has no userinfo and no slash at its end; ``authorization`` is the header that its userinfo makes."""

    url: str
    scheme: str
    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read what was given as base URL.

        Raises ``SettingsProblem`` for what is no absolute http or https URL; its text holds no password.
        """
        text = text.strip()
        shown_ = shown(_ANYTHING_BEFORE_AT.sub("…@", text))
        if not text:
            raise SettingsProblem("the base URL is empty: give --base-url https://…")
        if re.search(r"[\s\x00-\x1f\x7f]", text):
            raise SettingsProblem(f"the base URL {shown_!r} has a blank or a control character in it")
        if "://" not in text:
            local = re.match(r"(?:localhost|127\.|\[::1\]|0\.0\.0\.0)", text)
            raise SettingsProblem(f"the base URL {shown_} has no scheme: write {'http' if local else 'https'}://{shown_.lstrip('/')}")
        try:
            parts = urlsplit(text)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:  # its text repeats what may be part of a password
            raise SettingsProblem(f"the base URL {shown_} cannot be read: its host or port is none") from None
        if parts.scheme not in _PORTS:
            raise SettingsProblem(f"the base URL {shown_} begins with {parts.scheme}://; only http and https are known here")
        if not host:
            raise SettingsProblem(f"the base URL {shown_} names no host")
        if parts.query or parts.fragment:
            raise SettingsProblem(f"the base URL {shown_} has a query or a fragment: paths are put behind it, so it can have none")
        name = f"[{host}]" if ":" in host else host
        place = name if port in (None, _PORTS[parts.scheme]) else f"{name}:{port}"
        login = ""
        if parts.username or parts.password:
            pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
            login = "Basic " + base64.b64encode(pair.encode()).decode()
        return cls(f"{parts.scheme}://{place}{parts.path.rstrip('/')}", parts.scheme, host.lower(), port or _PORTS[parts.scheme], login)

    @property
    def origin(self) -> Origin:
        """Where credentials may go."""
        return (self.scheme, self.host, self.port)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return shown(self.url)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number; nothing is resolved."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback or (mapped or address).is_unspecified)


def shown(url: str) -> str:
    """A URL as people may see it: without userinfo, and with the secrets in its query masked."""
    url = _USERINFO.sub("…@", url)
    return mask(_QUERY.sub(_masked, url))


def _masked(match: re.Match[str]) -> str:
    name = unquote(match["name"])
    if "…(" in match["value"]:
        return match[0]  # masked already
    if name.lower() in _ALSO_SECRET or is_secret_name(name):
        return f"{match['name']}={mask_value(match['value'])}"
    return match[0]
