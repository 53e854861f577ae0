"""The settings that models and checks may ask for (read from a file by :mod:`pytest_deploy.gate.configuration`)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A finding that a team accepts, for a reason and perhaps until a day."""

    check: str
    reason: str
    path: str = "**"
    expires: dt.date | None = None
    owner: str = ""


class TestsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the reports of the project's tests are written, in JUnit's format: globs relative to the repository; none: the usual places."""

    reports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in self.reports:
            _within_the_repository("reports", pattern)
            if not pattern or any("**" in part and part != "**" for part in pattern.split("/")):
                raise ValueError(f"reports: {pattern!r} is no glob: ** stands for whole folders")


class EndpointSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An endpoint of the running deployment: what is asked, and what it must answer.

    ``path`` is taken below the base URL. ``json`` (any value) or ``data`` (a form, or the text of a body) is sent. ``status`` is the one
    that must come, or several that may. ``expect_json`` is a subset of the answer, ``expect_text`` a regular expression found somewhere
    in it, ``expect_headers`` the values of some (``*``: any value; a ``Content-Type`` may be given without its parameters).
    ``max_seconds`` is the longest it may take; ``follow``: redirects are followed.
    """

    path: str
    method: str = "GET"
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    data: dict[str, str] | str | None = None
    status: Status | tuple[Status, ...] = 200
    expect_json: Any = msgspec.UNSET
    expect_text: str = ""
    expect_headers: dict[str, str] = {}
    max_seconds: Positive | None = None
    follow: bool = False

    def __post_init__(self) -> None:
        _below_the_base_url(self.path)
        if not re.fullmatch(r"[A-Za-z]+", self.method):
            raise ValueError(f"method: {self.method!r} is no HTTP method")
        if self.json is not msgspec.UNSET and self.data is not None:
            raise ValueError("json and data are both there; a request has one body")
        if self.status == ():
            raise ValueError("status: the list is empty")
        try:
            re.compile(self.expect_text)
        except re.error as error:
            raise ValueError(f"expect_text: this is no regular expression: {error}") from None

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that may come."""
        return (self.status,) if isinstance(self.status, int) else self.status


class HealthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How health is asked. ``path`` empty: what the repository declares. ``answers`` healthy ones must come in a row; ``timeout`` is in
    seconds, for one request from the first packet to the last."""

    path: str = ""
    answers: Count = 3
    timeout: Positive = 10.0

    def __post_init__(self) -> None:
        _below_the_base_url(self.path)


class VersionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the deployment says which version runs: a JSON pointer (RFC 6901) into the answer, or a header of it; with neither the
    answer's text, or a JSON string, is the version."""

    path: str = "/version"
    pointer: str = ""
    header: str = ""

    def __post_init__(self) -> None:
        _below_the_base_url(self.path)
        if self.pointer and self.header:
            raise ValueError("pointer and header are both there; the version stands in one place")
        if self.pointer and not self.pointer.startswith("/"):
            raise ValueError(f"pointer: a JSON pointer begins with a slash: /{self.pointer}")


class AuthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Credentials of smoke tests, by the *names* of environment variables: ``bearer_env`` holds a token, ``basic_env`` a
    ``user:password``; ``header_env`` maps headers to variables."""

    bearer_env: str = ""
    basic_env: str = ""
    header_env: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.bearer_env and self.basic_env:
            raise ValueError("bearer_env and basic_env are both there; a request has one Authorization header")
        names = {
            "bearer_env": self.bearer_env,
            "basic_env": self.basic_env,
            **{f"header_env.{key}": one for key, one in self.header_env.items()},
        }
        for key, name in names.items():
            if name and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                # It is not repeated: whoever writes a value here has written a secret.
                raise ValueError(f"{key}: this is not the name of an environment variable; the value itself does not belong into settings")


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """TLS to the deployment. ``ca_file`` (PEM, relative to the repository) is trusted instead of the system's store; ``certificate`` and
    ``key`` are the client's own, ``key_password_env`` names the variable with the key's password. ``days_left`` is how many days the
    server's certificate must still be valid."""

    ca_file: str = ""
    certificate: str = ""
    key: str = ""
    key_password_env: str = ""
    days_left: Annotated[int, msgspec.Meta(ge=0)] = 14

    def __post_init__(self) -> None:
        if self.key and not self.certificate:
            raise ValueError("key: there is no certificate that it belongs to")


class LatencySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How latency is held against what it was. ``baseline`` is the file with the times of before, relative to the repository;
    ``tolerance`` the share by which they may be longer (0.20: a fifth); ``samples`` how many requests are timed at each endpoint."""

    baseline: str = "deploy/latency.json"
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0.20
    samples: Count = 50

    def __post_init__(self) -> None:
        _within_the_repository("baseline", self.baseline)
        if not self.baseline:
            raise ValueError("baseline: the name of the file is empty")


class RollbackSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a deployment is taken back. ``command`` is a list of words that no shell sees, run in the repository's folder, for ``timeout``
    seconds at most. ``plan`` is the document that says how people do it; ``rehearsed_within`` the days within which that must have been
    rehearsed."""

    plan: str = ""
    command: tuple[str, ...] = ()
    rehearsed_within: Count = 90
    timeout: Positive = 300.0

    def __post_init__(self) -> None:
        _within_the_repository("plan", self.plan)
        if self.command and not self.command[0].strip():
            raise ValueError("command: its first word, the program, is empty")


def _within_the_repository(key: str, path: str) -> None:
    if path.startswith(("/", "\\", "~")) or ":" in path or ".." in re.split(r"[/\\]", path):
        raise ValueError(f"{key}: {path} is not a path within the repository")


def _below_the_base_url(path: str) -> None:
    if "://" in path or path.startswith("//"):
        raise ValueError("path: it is taken below the base URL, and cannot name a host")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[tool.pytest-deploy]`` of pyproject.toml, or the top of deploy.toml. Everything has a default."""

    target: str = "production"
    select: tuple[str, ...] = ("*",)
    ignore: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    advisory: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    environments: dict[str, tuple[str, ...]] = {}
    """Names of environments in this house: kind (production, staging, review, development) -> whole words."""
    waivers: tuple[Waiver, ...] = ()
    roles: dict[str, tuple[str, ...]] = {}
    """What our own commands and actions are: role -> patterns (the first words of a command, or ``owner/action``)."""
    compose_production: tuple[str, ...] = ()
    """Compose files that are used in production (globs)."""
    owner: str = ""
    """The owner of the repository on its forge; empty: told from git's remote or the repository's own metadata."""
    default_branch: str = ""
    """The default branch; empty: told from git, else main or master."""
    version_tags: str = ""
    """A regular expression for the whole name of a version tag that is neither SemVer nor a date; its group ``version`` orders them."""
    tests: TestsSettings = TestsSettings()
    smoke: tuple[EndpointSettings, ...] = ()
    """The endpoints that smoke tests ask."""
    health: HealthSettings = HealthSettings()
    version: VersionSettings | None = None
    auth: AuthSettings = AuthSettings()
    tls: TlsSettings = TlsSettings()
    latency: LatencySettings | None = None
    """``None``: latency is compared only where there is a baseline in its usual place."""
    rollback: RollbackSettings = RollbackSettings()

    def __post_init__(self) -> None:
        try:
            re.compile(self.version_tags)
        except re.error as error:
            raise ValueError(f"version_tags: this is no regular expression: {error}") from None
