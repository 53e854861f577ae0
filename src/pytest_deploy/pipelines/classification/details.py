"""What the arguments of a command or the parameters of a packaged step say: images, environments, whether it can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from pytest_deploy.pipelines.acts import Role
from pytest_deploy.pipelines.classification.arguments import Arguments, matches
from pytest_deploy.pipelines.classification.tables import ActionPattern, CommandPattern, tables

PLACED: frozenset[Role] = frozenset({"deploy", "infrastructure", "migrate", "rollback", "smoke", "readiness", "trigger", "setup"})
"""Roles that have to do with an environment."""

_PAIR = re.compile(r"^[\w.\[\]/-]+=(.+)$", re.DOTALL)
_NAMES_ENVIRONMENT = re.compile(
    r"(^|[._-])(env|environment|stage|target|namespace|workspace|tier|deploy_env|app_env|stack)([._-]|$)", re.IGNORECASE
)
_MODES = frozenset({"NODE_ENV", "RAILS_ENV", "RACK_ENV", "MIX_ENV", "FLASK_ENV", "DJANGO_ENV", "BABEL_ENV"})
"""How a program is built or run, not where: staging too has ``NODE_ENV=production``."""

_DOCUMENTATION = re.compile(
    r"(^|[^a-z])(docs?|documentation|storybook|storybook-static|coverage|htmlcov|javadoc|apidocs?|typedoc|mkdocs|sphinx|docusaurus|vitepress|gh-pages)"
    r"($|[^a-z])",
    re.IGNORECASE,
)


def picked(arguments: Arguments, rest: tuple[str, ...], spec: str) -> list[str]:
    """The values that a pattern's list names: of options, further arguments (``*`` all, ``1`` the first), ``=`` the values of
    ``name=value`` arguments, ``$NAME`` a variable's."""
    found: list[str] = []
    for name in spec.split():
        if name == "*":
            found.extend(rest)
        elif name == "=":
            found.extend(pair[1] for word in rest if (pair := _PAIR.match(word)))
        elif name.isdigit():
            found.extend(rest[int(name) - 1 : int(name)])
        elif name.startswith("$"):
            found.extend(value for value in (arguments.variables.get(name[1:]),) if value)
        else:
            found.extend(arguments.values(*name.split("|")))
    return found


def listed(values: list[str]) -> tuple[str, ...]:
    """Lists of images, written in lines or parted by commas, as one."""
    return tuple(dict.fromkeys(one for value in values for one in re.split(r"[\s,]+(?![^{]*\}\})", value) if one))


def failure(pattern: CommandPattern, arguments: Arguments, role: Role) -> dict[str, str]:
    """``never-fails`` (the flag), and ``can-fail`` for scanners."""
    flag = next((term for term in pattern.never_fails.split() if arguments.has(term)), "")
    found = {"never-fails": flag.replace("$", "")} if flag else {}
    if role != "image-scan" and not pattern.can_fail and not pattern.can_fail_with:
        return found
    if flag:
        return {**found, "can-fail": "no"}
    told = any(arguments.has(term) for term in pattern.can_fail_with.split())
    return {"can-fail": "yes" if told else pattern.can_fail or ("no" if pattern.can_fail_with else "yes")}


def packaged_failure(pattern: ActionPattern, parameters: Mapping[str, str], role: Role) -> dict[str, str]:
    """The same of a packaged step."""
    flag = next(
        (f"{name}: {value}" for name, wanted in pattern.never_fails.items() if matches(value := _given(parameters, name), wanted)), ""
    )
    found = {"never-fails": flag} if flag else {}
    if role != "image-scan" and not pattern.can_fail and not pattern.can_fail_with:
        return found
    if flag:
        return {**found, "can-fail": "no"}
    asked = {name: _given(parameters, name) for name in pattern.can_fail_with}
    if any(value and matches(value, pattern.can_fail_with[name]) for name, value in asked.items() if "${{" not in value):
        return {"can-fail": "yes"}
    if any("${{" in value for value in asked.values()):
        return {"can-fail": "unknown"}
    return {"can-fail": pattern.can_fail or ("no" if pattern.can_fail_with else "yes")}


def _given(parameters: Mapping[str, str], name: str) -> str:
    return parameters.get(name.lower(), "")


def environment_words(pattern: CommandPattern, arguments: Arguments, rest: tuple[str, ...]) -> Iterator[str]:
    """The words that could name an environment, the weightiest first: what the pattern knows, the options that do so everywhere, flags
    with a meaning, further arguments, variables set for the command."""
    yield from picked(arguments, rest, pattern.environments)
    for option in tables().environments.options:
        yield from arguments.values(option)
    for option in ("--set", "--set-string", "-var", "--var", "--parameters", "--context", "-c", "-e", "--extra-vars", "--build-arg"):
        for value in arguments.values(option):
            for pair in re.split(r"[,\s]+(?![^{]*\}\})", value):
                name, equals, word = pair.partition("=")
                if equals and _NAMES_ENVIRONMENT.search(name):
                    yield word.strip("'\"")
    told = [word for flag, word in pattern.means.items() if flag and arguments.has(flag)]
    yield from told
    yield from (word for word in rest if not word.startswith("-"))
    if not told and "" in pattern.means:
        yield pattern.means[""]
    for name, value in arguments.variables.items():
        if name not in _MODES and _NAMES_ENVIRONMENT.search(name):
            yield value


def about_documentation(*texts: str) -> bool:
    """Whether paths or names say that documentation is meant: a docs site, a storybook, a coverage report (ruling 35)."""
    return any(_DOCUMENTATION.search(text) for text in texts)


def deployed_images(arguments: Arguments) -> tuple[str, ...]:
    """Images among the settings of a deploy: ``--set image.tag=…`` of Helm, variables of Terraform. Where only the tag is given, it is
    ``:TAG``."""
    values: dict[str, str] = {}
    for option in (
        "--set",
        "--set-string",
        "--set-json",
        "-var",
        "--var",
        "-e",
        "--extra-vars",
        "--parameters",
        "--context",
        "-c",
        "--code",
    ):
        for value in arguments.values(option):
            for pair in re.split(r"[,\s]+(?![^{]*\}\})", value):
                name, equals, word = pair.partition("=")
                if equals and word:
                    values[name.lower()] = word.strip("'\"")
    values.update({name[7:].lower(): value for name, value in arguments.variables.items() if name.startswith("TF_VAR_") and value})
    repository = next(
        (word for name, word in values.items() if fnmatchcase(name, "*image*.repository") or fnmatchcase(name, "*repo*url*")), ""
    )
    found = []
    for name, word in values.items():
        last = re.split(r"[.\[]", name)[-1].replace("_", "").replace("-", "")
        if last in (
            "tag",
            "imagetag",
            "dockertag",
            "containertag",
            "imageversion",
            "appversion",
            "version",
            "buildversion",
            "gitsha",
            "commitsha",
        ):
            if last in ("tag", "version") and "." in name and not re.search(r"image|container|app|deploy", name):
                continue
            found.append(f"{repository}:{word}")
        elif last in ("image", "dockerimage", "containerimage", "imageuri", "imagename", "imageurl") and (
            "/" in word or ":" in word or "$" in word
        ):
            found.append(word)
    return tuple(dict.fromkeys(found))
