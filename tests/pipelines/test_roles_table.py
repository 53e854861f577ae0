"""Every entry of roles.toml is well formed and is matched by its own example."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.pipelines.acts import Role
from pytest_deploy.pipelines.classification.arguments import Arguments, read
from pytest_deploy.pipelines.classification.matching import ROLES, action_patterns, command_patterns
from pytest_deploy.pipelines.classification.tables import CommandPattern, tables
from pytest_deploy.pipelines.commands import Follower
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

FAMILIES = [role for role in ROLES if role in tables().roles]


FOLLOWER = Follower(Tree(Path(__file__).parent / "nothing"))


def arguments_of(command: str, variables: dict[str, str]) -> Arguments:
    """The command as it comes out of a script: without what only starts it."""
    *_, last = FOLLOWER.invocations(Text(command, "x.sh"), errexit=True, pipefail=False)
    return read(last.words, {**variables, **dict(last.assignments)})


def variables_of(pattern: CommandPattern) -> dict[str, str]:
    """The variables without which an example cannot match."""
    wanted = pattern.with_.split()
    return {wanted[0][1:]: "https://app.example.org"} if wanted and all(term.startswith("$") for term in wanted) else {}


@pytest.mark.parametrize("role", FAMILIES)
def test_every_command_pattern_is_the_first_that_matches_its_example(role: Role) -> None:
    for pattern in tables().roles[role].commands:
        arguments = arguments_of(pattern.example, variables_of(pattern))

        matched = {found: one for found, one, _ in command_patterns(arguments, remote=pattern.remote)}

        assert matched.get(role) == pattern, pattern.example


@pytest.mark.parametrize("role", FAMILIES)
def test_a_command_pattern_leaves_alone_what_only_looks_like_it(role: Role) -> None:
    for pattern in filter(lambda one: one.not_this, tables().roles[role].commands):
        arguments = arguments_of(pattern.not_this, {})

        assert role not in {found for found, _, _ in command_patterns(arguments)}, pattern.not_this


@pytest.mark.parametrize("role", FAMILIES)
def test_every_name_of_an_action_pattern_matches_with_the_example_s_parameters(role: Role) -> None:
    for pattern in tables().roles[role].actions:
        parameters = {name.lower(): value for name, value in pattern.example.items()}

        for name in pattern.name.split("|"):
            assert role in {found for found, _ in action_patterns(name.replace("*", "x"), parameters)}, name


@pytest.mark.parametrize("role", FAMILIES)
def test_the_terms_of_a_command_pattern_are_terms(role: Role) -> None:
    for pattern in tables().roles[role].commands:
        assert all(term.startswith(("-", "$")) for term in (*pattern.never_fails.split(), *pattern.can_fail_with.split())), pattern
        for names in (pattern.images, pattern.environments, *pattern.copies.values()):
            assert all(name in ("*", "=") or name.isdigit() or name.startswith(("-", "$")) for name in names.split()), names
        assert pattern.can_fail in ("", "yes", "no", "unknown")


def test_no_action_is_in_one_role_twice_under_the_same_conditions() -> None:
    seen = set()
    for role, pattern in [(one, pattern) for one in FAMILIES for pattern in tables().roles[one].actions]:
        for name in pattern.name.lower().split("|"):
            key = (role, name, tuple(pattern.when.items()), tuple(pattern.unless.items()))
            assert key not in seen, key
            seen.add(key)


def test_every_container_starts_a_program() -> None:
    assert all(" " not in image for image in tables().containers)
    assert read(("docker", "run", "--rm", "-v", "x:y", "aquasec/trivy:0.60", "image", "app:1")).positional == ("image", "app:1")
