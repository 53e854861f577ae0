"""Requests over HTTP: a check of what was deployed, a hook that deploys, or nobody's business."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from pytest_deploy.pipelines.acts import Role
from pytest_deploy.pipelines.classification.arguments import Arguments
from pytest_deploy.pipelines.classification.tables import tables

_CLIENTS = frozenset({"curl", "wget", "http", "https", "xh", "Invoke-WebRequest", "Invoke-RestMethod", "iwr", "irm"})
_LOCAL = re.compile(r"^(https?://)?(localhost|127\.|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)", re.IGNORECASE)
_ADDRESS_NAME = re.compile(
    r"(^|[^a-z])(\w*(url|host|hostname|endpoint|domain|site|fqdn|address|origin|ingress|uri|ip)\d?|base)([^a-z]|$)", re.IGNORECASE
)
_HEALTHY = re.compile(
    r"/(\w*health\w*|ping|_?status|_?ready|readyz|readiness|live|livez|liveness|alive|up|version|heartbeat|info|actuator|smoke|hc|robots\.txt)"
    r"([/?#.]|$)",
    re.IGNORECASE,
)
_DOWNLOAD = re.compile(
    r"(\.(sh|tar|gz|tgz|xz|bz2|zip|deb|rpm|gpg|asc|key|pem|jar|exe|msi|pkg|dmg|bin|whl|appimage|sig|sha256|sha256sum|sql|phar|py|ya?ml)([?#].*)?$)"
    r"|^https?://(install|get|sh|download|downloads|dl|deb|apt|packages?|repo|raw|registry|artifacts?|releases?|hooks?|keybase|pkgs?|static)\.",
    re.IGNORECASE,
)
_SENT = ("-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form", "-T", "--upload-file", "--post-data")


def role(arguments: Arguments, redirects: tuple[str, ...]) -> tuple[Role, dict[str, str]] | None:
    """What a request is: ``smoke`` (with ``url``, ``target``: ``localhost`` or ``remote``, ``can-fail``), ``deploy``, ``trigger``,
    ``publish`` (a file is sent to a package repository); ``None`` for a download, a notice to somebody, or no request at all."""
    if arguments.name not in _CLIENTS:
        return None
    url = address(arguments)
    if not url:
        return None
    if _known("deploy").search(url):
        return "deploy", {"url": url}
    dispatch = _known("trigger").search(url)
    if dispatch and _sends(arguments):
        return "trigger", {"url": url, **({"same": "yes"} if _own_repository(url) else {})}
    if _sends_a_file(arguments) and _known("publish").search(url):
        return "publish", {"url": url}
    if _sends(arguments) or _saves(arguments, redirects):
        return None
    local = bool(_LOCAL.match(url))
    if not local and not _asks_the_application(url) and not (_discards(arguments, redirects) and not _known("elsewhere").search(url)):
        return None
    return "smoke", {"url": url, "target": "localhost" if local else "remote", "can-fail": "yes" if _fails(arguments) else "no"}


def address(arguments: Arguments) -> str:
    """The URL that is asked for; empty when there is none."""
    given = arguments.value("--url", "-Uri", "-uri")
    candidates = (
        [given] if given else [word for word in arguments.positional if word not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")]
    )
    if arguments.name in ("http", "https", "xh"):
        candidates = candidates[:1]
    known = [word for word in candidates if word and ("://" in word or "$" in word or "." in word or word.startswith(("localhost", ":")))]
    # ``$OPTIONS`` may stand before the address
    return next(
        (word for word in known if "://" in word), next((word for word in known if _ADDRESS_NAME.search(word)), (known or [""])[-1])
    )


def _sends(arguments: Arguments) -> bool:
    method = (arguments.value("-X", "--request", "-Method", "--method") or "").upper()
    if method:
        return method not in ("GET", "HEAD", "OPTIONS")
    if arguments.name in ("http", "https", "xh"):
        return bool(arguments.positional) and arguments.positional[0] in ("POST", "PUT", "PATCH", "DELETE")
    fused = any(option.startswith("-X") and option[2:] not in ("GET", "HEAD", "") for option, _ in arguments.options)
    return fused or any(arguments.has(option) for option in _SENT if option not in ("-d", "-F", "-T")) or _short_data(arguments)


def _sends_a_file(arguments: Arguments) -> bool:
    values = [
        value
        for option, value in arguments.options
        if value is not None and (option in (*_SENT, "-InFile") or re.fullmatch(r"-[A-Za-z]*[FT]", option))
    ]
    uploads = any(arguments.has(option) for option in ("-T", "--upload-file", "--post-file", "--body-file", "-InFile"))
    return uploads or any(re.match(r"(?:[\w.-]+=)?[@<]", value) for value in values)


def _short_data(arguments: Arguments) -> bool:
    return arguments.name == "curl" and any(value is not None and option in ("-d", "-F", "-T") for option, value in arguments.options)


def _saves(arguments: Arguments, redirects: tuple[str, ...]) -> bool:
    """Whether the answer is kept as a file: a download."""
    if arguments.name == "wget":
        target = arguments.value("-O", "--output-document", "-qO", "-nvO")
        fused = next((option[3:] for option, _ in arguments.options if option.startswith("-qO")), "")
        quiet = arguments.has("--spider") or any(re.fullmatch(r"-q?O-?", option) for option, _ in arguments.options)
        return not quiet and (target or fused) not in ("-", "/dev/null")
    if arguments.name == "curl" and (arguments.has("-O") or arguments.has("--remote-name")):
        return True
    output = next(
        (value for option, value in arguments.options if option in ("--output", "-OutFile") or re.fullmatch(r"-[A-Za-z]*o", option)), None
    )
    if output is not None:
        checked = arguments.has("-w") or arguments.has("--write-out")
        return output not in ("/dev/null", "-", "NUL", "$null") and not checked
    return any(re.match(r"1?>>?(?!\s*(?:&|/dev/))", one) for one in redirects)


def _discards(arguments: Arguments, redirects: tuple[str, ...]) -> bool:
    """Whether the answer is thrown away: all that is asked is whether there is one."""
    nowhere = any(value == "/dev/null" and re.fullmatch(r"--output|-[A-Za-z]*o", option) for option, value in arguments.options)
    return nowhere or any(re.match(r"(?:1|&)?>\s*/dev/null", one) for one in redirects)


def _fails(arguments: Arguments) -> bool:
    if arguments.name == "curl":
        return arguments.has("-f") or arguments.has("--fail") or arguments.has("--fail-with-body") or arguments.has("--fail-early")
    if arguments.name in ("http", "https", "xh"):
        return arguments.has("--check-status") or arguments.name == "xh"
    return True


def _asks_the_application(url: str) -> bool:
    if _known("elsewhere").search(url):
        return False
    if _HEALTHY.search(url):
        return True
    if _DOWNLOAD.search(url):
        return False
    variable = re.match(r"^(https?://)?[\"']?(\$\{\{(?P<expression>.*?)\}\}|\$\{?(?P<name>\w+)|\$\((?P<run>[^)]*)\))", url)
    if variable:
        name = variable["expression"] or variable["name"] or variable["run"] or ""
        if re.search(r"hook|slack|download|upload|artifact|release|registry|token", name, re.IGNORECASE):
            return False
        return bool(url.startswith("http") or _ADDRESS_NAME.search(name.replace("_", " ").replace(".", " ")))
    bare = re.match(r"^https?://[^/?#]+/?$", url)
    return bool(bare)


def _own_repository(url: str) -> bool:
    return bool(re.search(r"repos/(\$\{?GITHUB_REPOSITORY\}?|\$\{\{\s*(github\.)?repository\s*\}\})/", url))


@functools.cache
def _known(kind: str) -> re.Pattern[str]:
    patterns: Mapping[str, list[str]] = {
        "deploy": tables().addresses.deploy,
        "trigger": tables().addresses.trigger,
        "publish": tables().addresses.publish,
        "elsewhere": tables().addresses.elsewhere,
    }
    return re.compile("|".join(f"(?:{one})" for one in patterns[kind]), re.IGNORECASE)
