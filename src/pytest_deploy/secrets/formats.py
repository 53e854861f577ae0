"""Formats of live credentials: what a value gives away about itself, whatever its name."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_deploy.secrets.dummies import is_dummy, is_repetitive
from pytest_deploy.secrets.references import EXPRESSION


@dataclass(frozen=True, slots=True)
class Hit:
    """A credential found in a text: what it is, and where its secret part begins and ends."""

    what: str
    start: int
    end: int


_FORMATS: tuple[tuple[str, str], ...] = (
    ("an AWS access key id", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b"),
    ("a GitLab token", r"\bgl(?:pat|dt|rt|ptt|cbt|ft|soat|agent|imt|oas)-[\w-]{20,}"),
    ("a Slack token", r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}|\bxapp-\d-[0-9A-Za-z-]{20,}"),
    ("a Slack webhook", r"(?<=hooks\.slack\.com/services/)T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("a Discord webhook", r"(?<=/api/webhooks/)\d{17,20}/[\w-]{60,}"),
    ("a live Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    ("a Stripe webhook secret", r"\bwhsec_[A-Za-z0-9+/]{32,}"),
    ("a Google API key", r"\bAIza[\w-]{35}(?![\w-])"),
    ("a Google OAuth client secret", r"\bGOCSPX-[\w-]{28}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a PyPI token", r"\bpypi-AgE[\w-]{50,}"),
    ("a RubyGems key", r"\brubygems_[a-f0-9]{48}\b"),
    ("a SendGrid key", r"\bSG\.[\w-]{16,32}\.[\w-]{32,64}"),
    ("a Twilio API key", r"\bSK[0-9a-f]{32}\b"),
    ("a Mailgun key", r"\bkey-[0-9a-f]{32}\b"),
    ("a Docker Hub token", r"\bdckr_(?:pat|oat)_[\w-]{27,}"),
    ("a DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("a Hugging Face token", r"\bhf_[A-Za-z]{34}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-|svcacct-|admin-)?[\w-]{16,}T3BlbkFJ[\w-]{16,}"),
    ("an Anthropic key", r"\bsk-ant-(?:api|admin)\d\d-[\w-]{60,}"),
    ("a New Relic key", r"\bNRAK-[A-Z0-9]{27}\b"),
    ("a Shopify token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("a Telegram bot token", r"\b\d{8,10}:AA[\w-]{33}\b"),
    ("a Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    ("a Vault token", r"\bhv[sbr]\.[\w-]{24,}"),
    ("a Terraform Cloud token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}"),
    ("a Pulumi token", r"\bpul-[a-f0-9]{40}\b"),
    ("a Sentry token", r"\bsntry[su]_[\w+/=-]{40,}"),
    ("a Grafana token", r"\bgl(?:sa|c)_[\w+/=-]{32,}"),
    ("a Fly.io token", r"\bfm[12]_[\w+/=-]{40,}"),
    ("an age secret key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}"),
    ("an Azure storage key", r"(?<=AccountKey=)[A-Za-z0-9+/]{86}=="),
    ("an Azure shared access key", r"(?<=SharedAccessKey=)[A-Za-z0-9+/]{42,}={0,2}"),
    ("an Azure client secret", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    ("an Azure SAS signature", r"(?<=[?&]sig=)[A-Za-z0-9%+/]{40,}={0,2}"),
)
_SHORTEST = 20
"""No credential of these formats, no private key and no signed token has fewer characters: an AWS access key id has so many."""
# Checksums (GitHub and npm have one) are not asked for: a wrong one is no proof that nothing leaked.
_ALL = re.compile("|".join(f"(?P<f{index}>{pattern})" for index, (_, pattern) in enumerate(_FORMATS)))
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?P<body>(?:\\n|\\r|[\s\"'A-Za-z0-9+/=:,;.]){0,8000})",
    re.DOTALL,
)
_JWT = re.compile(r"\beyJ[\w-]{8,}\.(?P<payload>eyJ[\w-]{8,})\.[\w-]{16,}")
USERINFO = re.compile(
    r"(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]{0,30})://(?P<user>[^\s/:@\"'<>]{0,100}):(?P<password>[^\s/@\"'<>]{1,300})@"
    r"(?P<host>[^\s/:?#\"',;]{0,300})",
    re.IGNORECASE,
)
"""A password in a URL. Bounded, as are all patterns that look for something in long text: the time stays linear."""
_DSN = re.compile(r"(?:^|;)\s*(?:password|pwd)\s*=\s*(?P<password>[^;\"'\s]+)", re.IGNORECASE)
_DSN_HOST = re.compile(r"(?:^|;)\s*(?:server|host|data source|addr|address)\s*=\s*(?:tcp:)?(?P<host>[^;,:\s]+)", re.IGNORECASE)

_KNOWN = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",  # the Azurite emulator's
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",  # the Cosmos DB emulator's
)
"""Keys that vendors publish for their emulators."""

_LOCAL = re.compile(
    r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|.*\.(?:localhost|local|test|example|invalid)|(?:.*\.)?example\.(?:com|org|net)",
    re.IGNORECASE,
)


def is_local_host(host: str) -> bool:
    """Whether a host is this machine, or none at all (RFC 2606)."""
    return _LOCAL.fullmatch(host) is not None


def tokens(text: str) -> Iterator[Hit]:
    """Every credential of a known format in a text, dummies left out."""
    if len(text) < _SHORTEST:
        return  # most words of a script are shorter
    for match in _ALL.finditer(text):
        value = match.group()
        if (
            value in _KNOWN
            or "EXAMPLE" in value.upper()
            or is_repetitive(_varied_part(value))
            or re.search(r"x{5,}|0{8,}|1234567890", value, re.I)
        ):
            continue
        yield Hit(_FORMATS[int((match.lastgroup or "f0")[1:])][0], match.start(), match.end())
    for match in _KEY_BLOCK.finditer(text):
        body = re.sub(r"\\[nr]|[\s\"']", "", match["body"])
        if re.search(r"[A-Za-z0-9+/=]{64}", body) and not is_repetitive(body[:200]):
            yield Hit("a private key", match.start(), match.end())
    for match in _JWT.finditer(text):
        if _is_live_jwt(match["payload"]):
            yield Hit("a signed token (JWT)", match.start(), match.end())


def _varied_part(value: str) -> str:
    return re.split(r"[_.-]", value)[-1] or value


def _is_live_jwt(payload: str) -> bool:
    """Not one that everybody has: the example of jwt.io, the demo keys of Supabase, a key for anonymous use."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return False
    if not isinstance(claims, dict):
        return False
    said = f"{claims.get('iss', '')} {claims.get('name', '')} {claims.get('sub', '')}".lower()
    return claims.get("role") != "anon" and not re.search(r"demo|john doe|1234567890|example|test", said)


def urls(text: str) -> Iterator[tuple[Hit, str, str, str]]:
    """Every password in a URL: the hit, the user, the password and the host. Expressions are no passwords."""
    if "://" not in text:
        return
    blank = EXPRESSION.sub(lambda match: "\0" * len(match.group()), text)
    for match in USERINFO.finditer(blank):
        if "\0" not in match["password"]:
            hit = Hit("a password in a URL", match.start("password"), match.end("password"))
            yield hit, match["user"], match["password"], match["host"]


def connection_strings(text: str) -> Iterator[tuple[Hit, str, str]]:
    """Every password in a connection string of the form ``Server=…;Password=…``: the hit, the password and the host."""
    if ";" not in text:
        return
    blank = EXPRESSION.sub(lambda match: "\0" * len(match.group()), text)
    for match in _DSN.finditer(blank):
        if "\0" not in match["password"]:
            host = _DSN_HOST.search(blank)
            hit = Hit("a password in a connection string", match.start("password"), match.end("password"))
            yield hit, match["password"], host["host"] if host else ""


def live_token(value: str) -> str | None:
    """What kind of live credential stands in a text (``a GitHub token``), or ``None``. Passwords in URLs count when their host
    is another machine and they are no dummies."""
    for hit in tokens(value):
        return hit.what
    for hit, user, password, host in urls(value):
        if not is_local_host(host) and "." in host and not is_dummy(password, user):
            return hit.what
    return None
