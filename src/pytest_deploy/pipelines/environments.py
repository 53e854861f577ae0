"""What kind of environment a name means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

EnvironmentKind = Literal["production", "staging", "development", "review", "other"]
"""``staging`` is any that stands in for production before it (staging, uat, qa, preprod, …); ``development`` test, dev, sandbox;
``review`` review, preview, ephemeral and pull-request environments; ``other`` a name of none of these kinds (demo)."""


class Environments:
    """Names of environments by whole words; those of the settings have the last word."""

    def __init__(self, named: Mapping[str, tuple[str, ...]]) -> None:
        self.named = named

    def kind(self, text: str) -> EnvironmentKind | None:
        """The kind of environment that a word or name speaks of (``prod-eu``, ``deploy to UAT``); ``None`` when of none."""
        raise NotImplementedError
