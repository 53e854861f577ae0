"""One request on its way: until when it may take, where it was first sent, and how far it has come."""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.smoke.address import Origin

Phase = Literal["connection", "tls", "answer", "body"]


@dataclass(slots=True)
class Exchange:
    """``seconds`` is the time for all of it, redirects and body included. ``origin`` is the one that was asked first; ``credentials``:
    those of the settings may be sent along, to the base URL's origin. ``connected``: a connection was made for the request on its way;
    ``heard``: bytes came back on it."""

    seconds: float
    origin: Origin
    started: float = field(default_factory=time.monotonic)
    phase: Phase = "answer"
    credentials: bool = False
    connected: bool = False
    heard: bool = False

    @property
    def left(self) -> float:
        """The seconds that are left; never less than a tick, since 0 would mean not to wait at all."""
        return max(self.started + self.seconds - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self.started + self.seconds

    @property
    def may_be_sent_again(self) -> bool:
        """Whether the request went out on a connection of before, and nothing came back: the server may have closed that one just then,
        and never seen the request (RFC 9112, 9.3.1)."""
        return not self.connected and not self.heard and not self.is_over

    @property
    def elapsed(self) -> float:
        """The seconds since it was started."""
        return time.monotonic() - self.started


CURRENT: ContextVar[Exchange | None] = ContextVar("pytest_deploy_exchange", default=None)
"""The exchange that this thread or task works at: what reads and writes the sockets asks it for the time left."""


def left(timeout: float | None) -> float | None:
    """The time that one read or write may take: what the library gives it, or less."""
    exchange = CURRENT.get()
    if exchange is None:
        return timeout
    return min(exchange.left, math.inf if timeout is None else timeout)
