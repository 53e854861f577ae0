"""Migrations of a database, whatever tool they are written for."""

from __future__ import annotations

from pytest_deploy.artifacts.migrations.model import History, Migration, Obstacle, Operation, Problem

__all__ = ["History", "Migration", "Obstacle", "Operation", "Problem"]
