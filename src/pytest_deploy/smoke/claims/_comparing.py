"""Comparing JSON with the subset of it that is expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_deploy.smoke.claims._saying import value
from pytest_deploy.smoke.reading import kind_of


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """How ``found`` is not a superset of ``expected``: of objects the expected keys count, of lists each expected element must be among
    the elements. Each difference names its place as a JSON pointer."""
    place = where or "the answer"
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            yield f"{place} is no object but {kind_of(found)}"
            return
        for key, one in expected.items():
            below = f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if key not in found:
                yield f"{below} is missing; {value(one, str(key))} is expected"
            else:
                yield from differences(one, found[key], below)
    elif isinstance(expected, list | tuple):
        if not isinstance(found, list):
            yield f"{place} is no list but {kind_of(found)}"
            return
        for one in expected:
            if not any(next(differences(one, other), None) is None for other in found):
                yield f"{place} has no element like {value(one)}"
    elif isinstance(expected, bool) != isinstance(found, bool) or expected != found:
        name = where.rpartition("/")[2]
        yield f"{place} is {value(found, name)}; {value(expected, name)} is expected"
