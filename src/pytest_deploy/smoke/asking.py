"""Asking ahead: the answers to come are fetched by a few threads while those that are there are judged.

Bounded twice: so many are asked at once, and no more answers wait to be judged than twice as many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_ONCE = 24


class Asking(Generic[K, V]):
    """``ask`` is called once for each of ``keys``, in their order, ahead of when its answer is wanted; it must not raise. Keys that are not
    listed are asked when they are wanted."""

    def __init__(self, ask: Callable[[K], V], keys: Sequence[K] = (), at_once: int = AT_ONCE) -> None:
        self._ask = ask
        self._at_once = max(at_once, 1)
        self._coming = list(dict.fromkeys(keys))[::-1]
        self._asked: dict[K, Future[V]] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Ask the first ones now."""
        with self._lock:
            self._fill()

    def answer(self, key: K) -> V:
        """The answer to one question; each is given once, and asked anew the next time."""
        with self._lock:
            self._fill()
            future = self._asked.pop(key, None)
            if future is None and key in self._coming:
                self._coming.remove(key)
            self._fill()
        return self._ask(key) if future is None else future.result()

    def quiet(self) -> None:
        """Wait until nothing is being asked: what is measured now, before the next answer is wanted, is measured alone."""
        with self._lock:
            waiting = list(self._asked.values())
        for future in waiting:
            future.exception()

    def _fill(self) -> None:
        while self._coming and len(self._asked) < 2 * self._at_once:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="smoke")
            key = self._coming.pop()
            self._asked[key] = self._threads.submit(self._ask, key)

    def close(self) -> None:
        """Drop what was not asked yet, and wait for what is on its way: its deadline ends it."""
        with self._lock:
            self._coming.clear()
            self._asked.clear()
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)


def together(ask: Callable[[K], V], keys: Sequence[K], at_once: int = AT_ONCE) -> list[V]:
    """The answers to all questions, in their order, asked a few at a time."""
    if len(keys) < 2:
        return [ask(key) for key in keys]
    with ThreadPoolExecutor(min(at_once, len(keys)), thread_name_prefix="smoke") as threads:
        return list(threads.map(ask, keys))
