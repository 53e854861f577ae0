"""What packaged steps do: actions, orbs' commands, tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_deploy.pipelines.acts import Act, Role
from pytest_deploy.pipelines.classification.arguments import matches
from pytest_deploy.pipelines.classification.details import PLACED, about_documentation, listed, packaged_failure
from pytest_deploy.pipelines.classification.matching import action_patterns, known_action, own_packaged_roles
from pytest_deploy.pipelines.classification.scripts import Scripts, Setting, one_deploy
from pytest_deploy.pipelines.classification.tables import ActionPattern, Runs, tables
from pytest_deploy.pipelines.model import Step, Template
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.places import Text


class Packaged:
    """Tells what packaged steps do."""

    def __init__(self, scripts: Scripts, own: Mapping[str, tuple[str, ...]]) -> None:
        self.scripts = scripts
        self.own = own

    def acts(self, step: Step, scope: Scope) -> Iterator[Act]:
        """The acts of a step that uses something packaged."""
        if step.uses is None:
            return
        parameters = {str(name).lower(): scope.render(template).strip() for name, template in step.parameters.items()}
        name = step.uses.name
        place = step.uses.text.place
        text = _short(str(step.uses.text), parameters)
        own = tuple(own_packaged_roles(self.own, name))
        for role in own:
            yield Act(role, place, text, (name,), environments=tuple(_environment_words(role, None, parameters, scope)))
        if own:
            return
        ran = tuple(self._ran(step, name, parameters, scope))
        yield from ran
        environment = {f"${variable}".lower(): value for variable, value in scope.variables.items()}
        for role, pattern in action_patterns(name, {**environment, **parameters}):
            if any(act.role == role for act in ran):
                continue
            details = dict(pattern.details)
            details.update({key: value for key, source in pattern.copies.items() if (value := _first(parameters, source))})
            details.update(packaged_failure(pattern, parameters, role))
            if details.pop("static", "") and about_documentation(*parameters.values()):
                details["docs"] = "yes"
            act = Act(
                role,
                place,
                text,
                (name,),
                environments=tuple(_environment_words(role, pattern, parameters, scope)),
                images=listed([parameters[one] for one in pattern.images.lower().split() if parameters.get(one)]),
                details=details,
            )
            if role == "image-build":
                yield from self.scripts.baked(act)
            yield act

        unknown = not known_action(name) and step.uses.kind == "action" and not step.uses.local
        if unknown and says_publish(name):
            images = listed([value for key, value in parameters.items() if _IMAGE.search(key)])
            context = {key: value for key in ("file", "context", "target") if (value := _first(parameters, _BUILT_FROM[key]))}
            pushes = parameters.get("push", "").lower() != "false"
            details = {"tool": "docker", **({"push": "true"} if pushes else {}), **context}
            build = Act("image-build", place, text, (name,), images=images, details=details)
            yield from self.scripts.baked(build)
            yield build
            if pushes:
                yield Act("image-push", place, text, (name,), images=images)
        if unknown and says_deploy(name, parameters):
            kind: Role = "infrastructure" if _INFRASTRUCTURE.search(" ".join((name, *parameters))) else "deploy"
            details = {"platform": "unknown", **({"docs": "yes"} if about_documentation(name, *parameters.values()) else {})}
            words = tuple(_environment_words(kind, None, parameters, scope))
            yield Act(kind, place, text, (name,), environments=words, details=details)

    def _ran(self, step: Step, name: str, parameters: Mapping[str, str], scope: Scope) -> Iterator[Act]:
        for runs in tables().runs:
            if matches(name.lower(), runs.name.lower()):
                written = _command_line(runs, parameters)
                if written:
                    yield from self._run(step, runs, written, parameters, scope)
                    return
        if step.uses and step.uses.kind == "image":
            program = tables().containers.get(re.sub(r"(@sha256:.*|:[^/:]*)$", "", name.removeprefix("docker://")))
            if program:
                yield from self._run(step, Runs(name=name), f"{program} {parameters.get('args', '')}", parameters, scope)

    def _run(self, step: Step, runs: Runs, written: str, parameters: Mapping[str, str], scope: Scope) -> Iterator[Act]:
        template = _longest(step)
        place = template.text.place if template else step.place
        words = tuple(parameters[one] for one in runs.environments.lower().split() if parameters.get(one))
        setting = Setting(
            directory=parameters.get(runs.folder.lower(), ""),
            variables=scope.variables,
            remote=bool(runs.remote) or scope.self_hosted,
            errexit=not runs.remote,
            via=(str(step.uses.text),) if step.uses else (),
            place=place,
            words=words,
            depth=1 if runs.remote else 0,
        )
        acts = self.scripts.acts(Text(written, place.path, place.line, place.column), setting)
        yield from (
            replace(act, place=step.place if step.uses is None else step.uses.text.place)
            for act in (one_deploy(acts) if runs.remote else acts)
        )


_INFRASTRUCTURE = re.compile(r"infra|terraform|bicep|cloudformation")
_SAYS_DEPLOY = re.compile(r"(^|[-_/])deploy(er)?($|[-_/])")
_ONLY_ABOUT_IT = re.compile(
    r"status|key|wait|clean|delete|check|gate|lock|notif|comment|setup|install|url|token|label|approv|summary|pages|docs|validate|lint"
)


_SAYS_PUBLISH = re.compile(
    r"build[-_]?(?:and[-_]?)?(?:push|publish)|(?:docker|image|container)[-_](?:build[-_])?(?:push|publish)(?:$|[-_/])"
)
_IMAGE = re.compile(r"(?:^|[-_])(?:images?|tags?|repo(?:sitory)?)(?:[-_]?(?:name|uri|url))?$")
_BUILT_FROM = {"file": "file dockerfile docker-file dockerfile-path", "context": "context docker-context path", "target": "target"}


def says_publish(name: str) -> bool:
    """Whether an action that the tables do not know says that it builds and pushes an image: what others pull must have been tested."""
    own = name.lower().partition("/")[2]
    return bool(_SAYS_PUBLISH.search(own)) and not _ONLY_ABOUT_IT.search(own)


_TAKES_AWAY = frozenset({"undeploy", "delete", "destroy", "remove", "uninstall", "close", "cleanup", "teardown"})


def says_deploy(name: str, parameters: Mapping[str, str]) -> bool:
    """Whether an action that the tables do not know calls itself a deploy. That is no gate, but something that gates must hold back."""
    own = name.lower().partition("/")[2]
    taken = any(value.lower() in _TAKES_AWAY for value in parameters.values())
    return bool(_SAYS_DEPLOY.search(own)) and not _ONLY_ABOUT_IT.search(own) and not taken


def _command_line(runs: Runs, parameters: Mapping[str, str]) -> str:
    if runs.remote:
        return next((parameters[one] for one in runs.remote.lower().split() if parameters.get(one)), "")
    wanted = re.findall(r"\{([\w-]+)\}", runs.command)
    if wanted and not any(parameters.get(one.lower()) for one in wanted):
        return ""
    return re.sub(r"\{([\w-]+)\}", lambda one: parameters.get(one[1].lower(), ""), runs.command).strip()


def _longest(step: Step) -> Template | None:
    return max(step.parameters.values(), key=lambda one: len(one.text), default=None)


def _first(parameters: Mapping[str, str], names: str) -> str:
    return next((parameters[one] for one in names.lower().split() if parameters.get(one)), "")


def _environment_words(role: Role, pattern: ActionPattern | None, parameters: Mapping[str, str], scope: Scope) -> Iterator[str]:
    if role not in PLACED:
        return
    names = [*(pattern.environments.lower().split() if pattern else ()), *(one.lower() for one in tables().environments.parameters)]
    known = {**{f"${name}".lower(): value for name, value in scope.variables.items()}, **parameters}
    yield from dict.fromkeys(known[name] for name in names if known.get(name))


def _short(name: str, parameters: Mapping[str, str]) -> str:
    shown = ", ".join(f"{key}: {' '.join(value.split())}" for key, value in parameters.items() if value and not _secret(key))
    return f"{name} ({shown})"[:200] if shown else name


def _secret(name: str) -> bool:
    return bool(re.search(r"token|secret|password|key|credential", name))
