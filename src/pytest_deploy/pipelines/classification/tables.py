"""The tables of known tools, read from ``roles.toml``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

import msgspec

from pytest_deploy.pipelines.acts import Role


class CommandPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """One kind of command. All lists are texts parted by spaces.

    ``run`` are its first words, options left out: globs, alternatives parted by ``|``. Of the terms (see
    :meth:`~pytest_deploy.pipelines.classification.arguments.Arguments.has`) ``with_`` asks for one of, ``with_all`` for all,
    ``without`` for none. ``never_fails`` are terms with which it cannot fail, ``can_fail_with`` those with which alone a scanner can;
    ``can_fail`` is what holds with neither. ``images``, ``environments`` and the values of ``copies`` name options (``*``: the further
    arguments, ``1``: the first of them) that hold images, words that could name an environment, and details. ``means`` gives an
    environment for a flag (the empty flag: for none of them).
    """

    run: str
    example: str
    not_this: str = ""
    with_: str = msgspec.field(default="", name="with")
    with_all: str = ""
    without: str = ""
    never_fails: str = ""
    can_fail: str = ""
    can_fail_with: str = ""
    images: str = ""
    environments: str = ""
    copies: dict[str, str] = {}
    means: dict[str, str] = {}
    details: dict[str, str] = {}
    remote: bool = False
    """Only on another machine: a command line given to ssh."""


class ActionPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """One kind of packaged step: an action, an orb's command, a task.

    ``name`` are globs without regard to case, alternatives parted by ``|``. ``when`` and ``unless`` ask for values of parameters
    (globs, alternatives; the empty one: not given); the others are as of a command, with parameters for options.
    """

    name: str
    when: dict[str, str] = {}
    unless: dict[str, str] = {}
    example: dict[str, str] = {}
    never_fails: dict[str, str] = {}
    can_fail: str = ""
    can_fail_with: dict[str, str] = {}
    images: str = ""
    environments: str = ""
    copies: dict[str, str] = {}
    details: dict[str, str] = {}


class RoleTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of one role. ``without``: terms that no command of the role has (``--dry-run``)."""

    commands: list[CommandPattern] = []
    actions: list[ActionPattern] = []
    without: str = ""


class Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A packaged step that runs a command line: ``command`` with its parameters put in for ``{name}``, or ``remote``, the
    parameter with a script for another machine, of which ``environments`` are the parameters that could name an environment."""

    name: str
    command: str = ""
    remote: str = ""
    environments: str = ""
    folder: str = ""


class EnvironmentTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where names of environments stand: options of any command, and parameters of any packaged step, the weightiest first."""

    options: list[str]
    parameters: list[str]


class Addresses(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What requests to known addresses are: ``deploy`` and ``trigger`` are patterns of hooks (regular expressions), ``publish`` those of
    package repositories that take what is sent to them; ``elsewhere`` are those of others, which say nothing about this repository's
    deployment."""

    deploy: list[str]
    trigger: list[str]
    publish: list[str]
    elsewhere: list[str]


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of ``roles.toml``. ``valued``: tool (with subcommand) -> its options that take a value; ``containers``: image -> the
    program that it starts; ``runs``: packaged steps that run a command line."""

    valued: dict[str, str]
    containers: dict[str, str]
    runs: list[Runs]
    environments: EnvironmentTable
    addresses: Addresses
    roles: dict[str, RoleTable]


@functools.cache
def tables() -> Tables:
    """The tables, read once."""
    data: Mapping[str, Any] = tomllib.loads((files("pytest_deploy.pipelines") / "roles.toml").read_text(encoding="utf-8"))
    roles = get_args(Role)
    return msgspec.convert(
        {**{key: value for key, value in data.items() if key not in roles}, "roles": {key: data[key] for key in roles if key in data}},
        Tables,
    )
