"""The claims about a running deployment: one module a claim, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from pytest_deploy.smoke.claim import Claim


def _all() -> Mapping[str, Claim]:
    found: dict[str, Claim] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if not name.startswith("_"):
            one: Claim = getattr(importlib.import_module(f"{__name__}.{name}"), name).__deploy_claim__
            found[one.id] = one
    # Health comes first, for it is waited for; what measures comes last, when nothing else is asked any more.
    return dict(sorted(found.items(), key=lambda item: (item[1].timing, item[0] != "smoke-health")))


ALL: Mapping[str, Claim] = _all()
"""Every claim by its id, in the order of their tests."""
