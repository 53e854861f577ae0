"""What can go wrong with a running deployment, each as one sentence that needs no traceback.

::

    SmokeFailure
    ├── SettingsProblem     the question cannot be asked as it is set up: the base URL, the environment, certificates
    ├── RequestFailed       one request failed (its kinds, which are httpx's exceptions too, are in :mod:`.kinds`)
    ├── AnswerUnreadable    an answer came, and is not what it claims to be
    └── NotHealthy          the deployment did not become healthy; it has the timeline

Nothing here imports httpx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_deploy.smoke.timeline import Timeline


class SmokeFailure(Exception):
    """The family; its text is the sentence, with no secret in it."""


class SettingsProblem(SmokeFailure):
    """What a person has set up cannot be used; nothing was asked."""


class RequestFailed(SmokeFailure):
    """A request that was not answered as it should be.

    ``url`` is shown with its secrets masked, ``what`` is what happened as a clause, ``seconds`` how long it took until then.
    ``status`` is that of the answer, when its header still came.
    """

    names_its_time = False
    """Whether ``what`` says already how long it took."""

    def __init__(self, what: str, *, method: str, url: str, seconds: float, status: int | None = None) -> None:
        answered = "" if status is None else f"it answered {status}, but "
        after = "" if self.names_its_time else f", after {duration(seconds)}"
        super().__init__(f"{method} {url}: {answered}{what}{after}")
        self.method = method
        self.url = url
        self.what = answered + what
        self.seconds = seconds
        self.status = status

    def __reduce__(self) -> tuple[Any, ...]:
        return (_plain, (str(self), self.method, self.url, self.what, self.seconds, self.status))


def _plain(text: str, method: str, url: str, what: str, seconds: float, status: int | None) -> RequestFailed:
    """A failure that came from another process: its kind stays there, its words are the same."""
    failure = RequestFailed(what, method=method, url=url, seconds=seconds)
    failure.args = (text,)
    failure.status = status
    return failure


class AnswerUnreadable(SmokeFailure):
    """An answer that is not what its header says: no JSON, another character set."""


class NotHealthy(SmokeFailure):
    """The deployment did not become healthy in time. ``timeline`` tells what it did instead; the text has it, too."""

    def __init__(self, reason: str, timeline: Timeline) -> None:
        super().__init__("\n".join([reason, *(f"  {line}" for line in timeline.lines())]))
        self.reason = reason
        self.timeline = timeline


def duration(seconds: float) -> str:
    """A time as people say it: ``40 ms``, ``2.5 s``, ``3 min 20 s``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 119.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
