"""What the commands of a script do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_deploy.pipelines.acts import Act, Role
from pytest_deploy.pipelines.classification import requests
from pytest_deploy.pipelines.classification.arguments import Arguments, plain, read
from pytest_deploy.pipelines.classification.baked import GATES, runs_of
from pytest_deploy.pipelines.classification.builds import checks_types
from pytest_deploy.pipelines.classification.details import (
    PLACED,
    about_documentation,
    deployed_images,
    environment_words,
    failure,
    listed,
    picked,
)
from pytest_deploy.pipelines.classification.matching import command_patterns, own_roles
from pytest_deploy.pipelines.classification.suites import looks_at_a_deployment
from pytest_deploy.pipelines.classification.tables import CommandPattern, tables
from pytest_deploy.pipelines.classification.terraform import applies
from pytest_deploy.pipelines.commands import Follower, Invocation
from pytest_deploy.pipelines.following import links
from pytest_deploy.places import Place, Text

_DEEPEST = 4
_INTO = re.compile(r"1?>>?\s*([\w./-]+\.\w+)$")
_APPLIERS = frozenset({"terraform", "tofu", "terragrunt"})
_ON_THE_MACHINE: frozenset[Role] = frozenset(
    {"deploy", "infrastructure", "migrate", "smoke", "readiness", "rollback", "image-build", "image-push"}
)
"""Roles that a command line on another machine can have; tests there are none of the pipeline's."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where commands run. ``remote``: where the application does; ``via`` and ``place`` of the command that leads there; ``words`` that
    could name an environment, of what leads there."""

    directory: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    remote: bool = False
    errexit: bool = True
    pipefail: bool = False
    via: tuple[str, ...] = ()
    place: Place | None = None
    swallowed: str = ""
    conditional: bool = False
    words: tuple[str, ...] = ()
    depth: int = 0


class Scripts:
    """Tells what scripts do."""

    def __init__(self, follower: Follower, own: Mapping[str, tuple[str, ...]]) -> None:
        self.follower = follower
        self.own = own

    def acts(self, script: Text, setting: Setting) -> Iterator[Act]:
        """The acts of a script, in order. ``setting.remote`` is also true on a machine of the house's own."""
        chosen: tuple[str, ...] = ()
        invocations = self.follower.invocations(
            script, errexit=setting.errexit, pipefail=setting.pipefail, directory=setting.directory, variables=setting.variables
        )
        written: set[str] = set()
        for invocation in invocations:
            written.update(match[1] for one in invocation.redirects if (match := _INTO.match(one)))
            for act in self._of(invocation, setting):
                if act.role == "tests" and written & {*invocation.words}:
                    continue  # a file that the script has written itself, whatever it is called, holds none of the tests
                if act.role == "setup":
                    chosen = (*chosen, *act.environments)
                elif chosen and act.role in PLACED:
                    act = replace(act, environments=_once((*act.environments, *chosen)))
                yield act

    def _of(self, invocation: Invocation, setting: Setting) -> Iterator[Act]:
        variables = {**setting.variables, **dict(invocation.assignments)}
        arguments = replace(read(invocation.words, variables), variables=variables)
        own = tuple(own_roles(self.own, invocation.words))
        if own:
            for role in own:
                yield self._act(role, invocation, arguments, setting, words=arguments.positional)
            return
        if invocation.followed or not arguments.name:
            return
        request = requests.role(arguments, invocation.redirects)
        if request:
            role, details = request
            waits = invocation.via or invocation.swallowed or (details.get("can-fail") == "no" and arguments.has("--retry-connrefused"))
            if details.get("target") == "localhost" and not setting.remote and waits:
                return  # waits for what the job itself has started
            if details.get("can-fail") == "no" and invocation.checked:
                details = {**details, "can-fail": "yes"}
            url = details["url"]
            yield replace(self._act(role, invocation, arguments, setting, words=(url,)), details=details)
            return
        inner = tuple(self._inner(invocation, arguments, setting))
        yield from inner
        if any(act.role == "deploy" for act in inner):
            return
        if _runs_migrations(invocation, arguments):
            yield replace(self._act("migrate", invocation, arguments, setting, words=()), details={"tool": "task"})
            return
        remote = setting.remote or _elsewhere(arguments)
        matched = tuple(command_patterns(arguments, remote=remote))
        if not any(role == "smoke" for role, _, _ in matched):
            yield from self._suites(invocation, arguments, setting, matched)
        for role, pattern, rest in matched:
            if setting.remote and setting.depth and role not in _ON_THE_MACHINE:
                continue
            if role == "typecheck" and not checks_types(arguments, self.follower.tree, invocation.directory):
                continue
            if role == "infrastructure" and arguments.name in _APPLIERS:
                applied = applies(arguments, self.follower.tree, invocation.directory)
                if applied == "values":
                    continue
                if applied == "code" and "destroy" not in pattern.details:
                    yield replace(
                        self._matched(role, pattern, rest, invocation, arguments, setting),
                        role="deploy",
                        details={"platform": "terraform", "directory": invocation.directory},
                    )
                    continue
            act = self._matched(role, pattern, rest, invocation, arguments, setting)
            if role == "image-build":
                yield from self.baked(act, setting.depth)
            yield act

    def _suites(
        self,
        invocation: Invocation,
        arguments: Arguments,
        setting: Setting,
        matched: tuple[tuple[Role, CommandPattern, tuple[str, ...]], ...],
    ) -> Iterator[Act]:
        """Tests that are a smoke test too: they ask what was deployed."""
        for role, pattern, rest in matched:
            if role == "tests" and not (setting.remote and setting.depth):
                act = self._matched(role, pattern, rest, invocation, arguments, setting)
                if not act.swallowed and looks_at_a_deployment(act.via, arguments.variables):
                    words = tuple(word for word in (*act.via, *arguments.variables.values()) if "://" in word)
                    yield replace(act, role="smoke", environments=words, details={**act.details, "target": "remote", "can-fail": "yes"})

    def baked(self, build: Act, depth: int = 0) -> Iterator[Act]:
        """The gates that the build of an image runs."""
        if depth >= _DEEPEST:
            return
        for script, folder, step in runs_of(build, self.follower.tree):
            lasting = {name: value for name, value in step.scope.values.items() if name in step.scope.lasting}
            setting = Setting(
                directory=folder,
                variables=lasting,
                errexit=False,
                via=(*build.via, f"RUN in {step.place.path}:{step.place.line}"),
                place=build.place,
                swallowed=build.swallowed,
                conditional=build.conditional,
                depth=depth + 1,
            )
            for act in self.acts(script, setting):
                if act.role in GATES and act.swallowed == build.swallowed and act.conditional == build.conditional:
                    yield replace(act, guards=build.guards)

    def _matched(
        self, role: Role, pattern: CommandPattern, rest: tuple[str, ...], invocation: Invocation, arguments: Arguments, setting: Setting
    ) -> Act:
        details = dict(pattern.details)
        for name, options in pattern.copies.items():
            value = picked(arguments, rest, options)
            if value:
                details[name] = value[0]
        details.update(failure(pattern, arguments, role))
        if invocation.directory:
            details["directory"] = invocation.directory
        images = listed(picked(arguments, rest, pattern.images))
        if role in ("deploy", "infrastructure"):
            images = tuple(dict.fromkeys((*images, *deployed_images(arguments))))
            if details.pop("static", "") and about_documentation(
                *rest, *picked(arguments, rest, pattern.environments), invocation.directory
            ):
                details["docs"] = "yes"
        words = tuple(environment_words(pattern, arguments, rest)) if role in PLACED else ()
        if "from" in details:
            # What it names is mostly where it comes from; production is where such a promotion goes by default.
            words = (*picked(arguments, rest, pattern.environments), "production")
        return replace(self._act(role, invocation, arguments, setting, words=words), images=images, details=details)

    def _act(self, role: Role, invocation: Invocation, arguments: Arguments, setting: Setting, *, words: tuple[str, ...]) -> Act:
        place = setting.place or invocation.origin
        via = (*setting.via, *invocation.via)
        if invocation.place != invocation.origin and via and setting.place is None:
            via = (*via[:-1], f"{via[-1]} ({invocation.place.path}:{invocation.place.line})")
        environments: tuple[str, ...] = ()
        if role in PLACED:
            environments = (*words, *reversed(invocation.via), *setting.words, invocation.directory, *reversed(setting.via))
        return Act(
            role,
            place,
            " ".join(invocation.words)[:200],
            invocation.words,
            via,
            setting.swallowed or ("" if invocation.checked else invocation.swallowed),
            setting.conditional or invocation.conditional,
            _once(environments),
            guards=invocation.guards,
        )

    # --- commands that carry commands ------------------------------------------------------------------------------

    def _inner(self, invocation: Invocation, arguments: Arguments, setting: Setting) -> Iterator[Act]:
        if setting.depth >= _DEEPEST:
            return
        for text, remote, words in carried(invocation, arguments):
            inner = Setting(
                directory="" if remote else invocation.directory,
                variables=setting.variables,
                remote=remote or setting.remote,
                errexit=False,
                pipefail=False,
                via=(*setting.via, *invocation.via, arguments.name),
                place=setting.place or invocation.origin,
                swallowed=setting.swallowed or invocation.swallowed,
                conditional=setting.conditional or invocation.conditional,
                words=(*words, *setting.words),
                depth=setting.depth + 1,
            )
            place = invocation.place
            yield from one_deploy(self.acts(Text(text, place.path, place.line, place.column), inner))


def carried(invocation: Invocation, arguments: Arguments) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """The command lines that a command starts elsewhere: (text, whether that is where the application runs, words that could name its
    environment)."""
    rest = arguments.positional
    match (arguments.name, *rest[:2]):
        case ("ssh", *_):
            text = " ".join(rest[1:])
            if not text or re.fullmatch(r"(sudo )?(bash|sh)( -\w+)*( --)?|-T", text):
                text = invocation.heredoc or next(
                    (f"bash {one.lstrip('< ')}" for one in invocation.redirects if re.match(r"<\s*[^<&(\s]", one)), ""
                )
            yield text, True, rest[:1]
        case ("gcloud", "compute", "ssh") | ("fly" | "flyctl", "ssh", "console"):
            for text in arguments.values("--command", "-C"):
                yield text, True, rest[2:]
        case ("aws", "ssm", "send-command"):
            for value in arguments.values("--parameters"):
                yield (
                    "\n".join(_strings(value.partition("commands=")[2] or value)),
                    True,
                    tuple(arguments.values("--targets", "--instance-ids")),
                )
        case ("aws", "ecs", "run-task"):
            for value in arguments.values("--overrides"):
                for command in _commands_of(value):
                    yield command, True, tuple(arguments.values("--cluster", "--task-definition"))
        case ("heroku", "run", *_):
            yield " ".join(rest[1:]), True, tuple(arguments.values("-a", "--app"))
        case ("dokku", "run", *_):
            yield " ".join(rest[2:]), True, rest[1:2]
        case ("cf", "run-task" | "rt", *_):
            yield arguments.value("--command", "-c") or " ".join(rest[2:3]), True, rest[1:2]
        case ("kubectl" | "oc", "exec" | "run", *_):
            words = invocation.words
            text = links.command_line(words[words.index("--") + 1 :]) if "--" in words else " ".join(rest[2:])
            yield text, True, tuple(arguments.values("-n", "--namespace", "--context"))
        case ("docker" | "podman", "exec", *_) | ("docker" | "podman", "compose", "exec"):
            yield _executed(invocation), False, ()
        case ("start-server-and-test" | "start-test" | "server-test", *_) if rest:
            last = rest[-1]
            yield (last if " " in last else f"npm run {last}"), False, ()


def _executed(invocation: Invocation) -> str:
    """The command line behind ``docker exec CONTAINER`` or ``docker compose exec SERVICE``, with options and quotes of its own."""
    words = plain(invocation.words)
    valued = tables().valued["docker exec" if words[1] == "exec" else "docker compose"]
    found = links.options(words[words.index("exec") + 1 :], valued, stop=True)
    return links.command_line((*found.rest[1:], *found.behind))


def _strings(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except ValueError:
        return [value.strip("'\"[]")]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else [str(found)]


def _commands_of(value: str) -> list[str]:
    """The commands in the overrides of an ECS task."""
    return [" ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', one)) for one in re.findall(r'"command"\s*:\s*\[(.*?)\]', value, re.DOTALL)]


def one_deploy(acts: Iterator[Act]) -> Iterator[Act]:
    """Pulling, stopping and starting on one machine is one deploy: the last of its acts, with the words of all."""
    found = list(acts)
    deploys = [act for act in found if act.role == "deploy"]
    merged = None
    if deploys:
        merged = replace(
            deploys[-1],
            environments=_once(tuple(word for act in deploys for word in act.environments)),
            images=_once(tuple(image for act in deploys for image in act.images)),
        )
    for act in found:
        if act.role != "deploy":
            yield act
        elif act is deploys[-1] and merged:
            yield merged


def _runs_migrations(invocation: Invocation, arguments: Arguments) -> bool:
    """Whether a task on the platform is started that is called a migration, or by a script that is: what it runs is not in sight."""
    starts = {"aws": ("ecs", "run-task"), "gcloud": ("run", "jobs", "execute"), "az": ("containerapp", "job", "start")}.get(arguments.name)
    if starts is None or arguments.positional[: len(starts)] != starts:
        return False
    told = (*arguments.positional[len(starts) :], *(value or "" for _, value in arguments.options), *invocation.via)
    return any(re.search(r"migrat", one, re.IGNORECASE) for one in told)


def _elsewhere(arguments: Arguments) -> bool:
    """Whether Docker is told to work on another machine."""
    if arguments.name not in ("docker", "podman"):
        return False
    host = arguments.value("-H", "--host") or arguments.variables.get("DOCKER_HOST", "")
    context = arguments.value("--context") or arguments.variables.get("DOCKER_CONTEXT", "")
    named = bool(context) and context != "default"
    return named or (bool(host) and not re.match(r"(unix|npipe)://|tcp://(localhost|docker|127\.0\.0\.1)\b", host))


def _once(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word and word != "."))
