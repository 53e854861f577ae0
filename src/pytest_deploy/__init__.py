"""pytest-deploy: a deployment checklist as collected tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_deploy.checks.registry import check as check
    from pytest_deploy.findings import Finding as Finding
    from pytest_deploy.findings import NotApplicable as NotApplicable
    from pytest_deploy.findings import Related as Related
    from pytest_deploy.findings import Unverified as Unverified
    from pytest_deploy.places import Place as Place
    from pytest_deploy.places import Text as Text
    from pytest_deploy.repository import Repository as Repository

__version__ = "0.1.0"

_HOME = {
    "Finding": "findings",
    "NotApplicable": "findings",
    "Place": "places",
    "Related": "findings",
    "Repository": "repository",
    "Text": "places",
    "Unverified": "findings",
    "check": "checks.registry",
}

__all__ = [*sorted(_HOME), "__version__"]  # names are given lazily below


def __getattr__(name: str) -> Any:
    # Importing the package must cost every pytest run next to nothing, so the names are fetched when first asked for.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
