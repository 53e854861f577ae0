"""Shell scripts, read by tree-sitter's bash grammar: the simple commands that run, and what becomes of their failures."""

from __future__ import annotations

from pytest_deploy.syntax.shell.commands import Command, ShellScript, parse

__all__ = ["Command", "ShellScript", "parse"]
