"""What the service is told by its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """``.env.example`` says what each one is."""

    database_url: str
    secret_key: str
    sentry_dsn: str
    commit: str


def from_environment() -> Config:
    """Raises ``KeyError`` that names the variable when one that the service cannot do without is missing."""
    return Config(
        database_url=os.environ["DATABASE_URL"],
        secret_key=os.environ["SECRET_KEY"],
        sentry_dsn=os.environ.get("SENTRY_DSN", ""),
        commit=os.environ.get("COMMIT", "unknown"),
    )
