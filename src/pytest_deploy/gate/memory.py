"""Python's search for garbage, and why it rests here.

While many objects are made, Python looks again and again whether others can go. What the gate imports and reads stays until the run is
over, so nothing would be found, and in a large repository it would take a fifth of the time.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
from collections.abc import Iterator

import pytest


@contextlib.contextmanager
def resting() -> Iterator[None]:
    """The search rests; whoever has switched it off finds it off again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Kept:
    """What the search passes over until the run is over. A process that sets objects aside itself is left as it is.

    To be made while pytest configures itself: what is registered then is undone last, after pytest's own search at the end.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._is_ours = gc.get_freeze_count() == 0
        if self._is_ours:
            config.add_cleanup(gc.unfreeze)
        if self._is_ours and config.option.deploy_only:  # nothing of the project has run here that could wait for the end
            atexit.unregister(_leave)
            atexit.register(_leave)

    def set_aside(self) -> None:
        """Pass over what there is now."""
        if self._is_ours:
            gc.freeze()


def _leave() -> None:
    """The process ends, and its memory goes back as a whole: no use in taking hundreds of thousands of objects apart first."""
    gc.freeze()
