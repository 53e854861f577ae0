"""Jobs of a workflow."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.pipelines.forge import full_name
from pytest_deploy.pipelines.github import shells
from pytest_deploy.pipelines.github.matrix import read_matrix
from pytest_deploy.pipelines.github.steps import Surroundings, directory_of, read_steps
from pytest_deploy.pipelines.github.texts import Reading, check_keys
from pytest_deploy.pipelines.github.uses import folder_of, is_local
from pytest_deploy.pipelines.model import Called, Concurrency, Job, Permissions, Step, Template, Uses
from pytest_deploy.places import Text
from pytest_deploy.syntax.yaml import Mapping as YamlMapping
from pytest_deploy.syntax.yaml import Node, Scalar, as_mapping, as_scalar, at, items, strings

_CALL_KEYS = frozenset({"name", "needs", "permissions", "cache-mode", "if", "uses", "with", "secrets", "strategy", "concurrency"})
_OWN_KEYS = frozenset(
    {
        "name",
        "needs",
        "permissions",
        "cache-mode",
        "if",
        "strategy",
        "concurrency",
        "runs-on",
        "environment",
        "outputs",
        "env",
        "defaults",
        "steps",
        "timeout-minutes",
        "continue-on-error",
        "container",
        "services",
        "snapshot",
    }
)


def read_job(reading: Reading, name: Text, node: YamlMapping, workflow: Node | None) -> Job:
    """One job of a workflow (the root of whose file is ``workflow``)."""
    where = f"job {str(name)!r}"
    uses = as_scalar(at(node, "uses"))
    check_keys(reading, node, _OWN_KEYS | _CALL_KEYS, where)
    if uses is not None:
        for key in node:
            if key in _OWN_KEYS - _CALL_KEYS:
                reading.problem(f"{where} calls a workflow with 'uses', so it takes no {str(key)!r}", key.place)
    elif "runs-on" not in node:
        reading.problem(f"{where} has neither 'runs-on' nor 'uses'", name.place)
    called, opaque = _call(reading, where, node, uses)
    environment, url = _environment(reading, at(node, "environment"))
    services = list(items(at(node, "services")))
    return Job(
        name,
        name.place,
        name=reading.template(at(node, "name")),
        needs=tuple(_needs(reading, at(node, "needs"))),
        condition=reading.condition(at(node, "if")),
        environment=environment,
        environment_url=url,
        steps=_steps(reading, where, node, workflow),
        continue_on_error=reading.flag(at(node, "continue-on-error")),
        matrix=read_matrix(reading, at(node, "strategy")),
        concurrency=read_concurrency(reading, at(node, "concurrency")),
        permissions=read_permissions(node),
        runner=tuple(_runner(reading, at(node, "runs-on"))),
        variables=reading.templates(at(node, "env")),
        services={str(service): reading.templates(at(value, "env")) for service, value in services},
        service_images={str(service): image for service, value in services if (image := reading.template(at(value, "image")))},
        container=_container(reading, at(node, "container")),
        outputs=reading.templates(at(node, "outputs")),
        opaque=opaque,
        inputs=reading.templates(at(node, "with")) if opaque else {},
        called=called,
    )


def read_concurrency(reading: Reading, node: Node | None) -> Concurrency | None:
    """``concurrency:`` of a workflow or job. What cancels only on a condition is not said to cancel."""
    group = reading.template(node if isinstance(node, Scalar) else at(node, "group"))
    if group is None or node is None:
        return None
    return Concurrency(node.place, str(group.text), cancels=reading.flag(at(node, "cancel-in-progress")) is True)


def read_permissions(holder: Node | None) -> Permissions | None:
    """``permissions:`` of a workflow or job."""
    node = at(holder, "permissions")
    mapping = as_mapping(holder)
    key = mapping.key("permissions") if mapping is not None else None
    if node is None or key is None:
        return None
    scopes = {str(scope): str(level) for scope, level in items(node) if isinstance(level, Scalar)}
    everything = {"read-all": "read", "write-all": "write"}.get(str(as_scalar(node)), "")
    return Permissions(key.place, scopes, everything)  # type: ignore[arg-type]  # one of the three words


def _needs(reading: Reading, node: Node | None) -> Iterator[Text]:
    """The jobs needed, as they are written where they stand: case does not matter in ``needs:``."""
    for need in strings(node):
        declared = reading.spelling.get(f"needs.{need.lower()}", f"needs.{need}").removeprefix("needs.")
        yield Text(declared, need.path, need.line, need.column, need.end_line, need.end_column)


def _environment(reading: Reading, node: Node | None) -> tuple[Template | None, Template | None]:
    if isinstance(node, Scalar):
        return reading.template(node), None
    return reading.template(at(node, "name")), reading.template(at(node, "url"))


def _runner(reading: Reading, node: Node | None) -> Iterator[Template]:
    for label in (*strings(at(node, "labels")), *strings(at(node, "group"))) if isinstance(node, YamlMapping) else strings(node):
        yield reading.template_of(label)


def _container(reading: Reading, node: Node | None) -> Template | None:
    return reading.template(node if isinstance(node, Scalar) else at(node, "image"))


def _steps(reading: Reading, where: str, node: YamlMapping, workflow: Node | None) -> tuple[Step, ...]:
    labels = strings(at(node, "runs-on"))
    windows = any(label.lower().startswith("windows") for label in labels)
    shell = shells.default(windows=windows, container=at(node, "container") is not None)
    directory = ""
    for holder in (workflow, node):
        written = as_scalar(at(holder, "defaults", "run", "shell"))
        shell = shells.named(str(written), shell) if written is not None else shell
        place = as_scalar(at(holder, "defaults", "run", "working-directory"))
        directory = directory_of(str(place)) if place is not None else directory
    return read_steps(reading, at(node, "steps"), Surroundings(where, shell, directory))


# --- reusable workflows --------------------------------------------------------------------------------------------


def _call(reading: Reading, where: str, node: Node, uses: Text | None) -> tuple[Called | None, Uses | None]:
    if uses is None:
        return None, None
    path = _local_workflow(reading, uses)
    inputs = reading.templates(at(node, "with"))
    secrets = at(node, "secrets")
    if path is not None:
        if not reading.tree.has(path):
            reading.problem(f"{where} calls {path}, which does not exist", uses.place)
        return Called(path, inputs, reading.templates(secrets), inherits_secrets=as_scalar(secrets) == "inherit"), None
    name, at_sign, version = uses.partition("@")
    if not at_sign or not version or name.count("/") < 2:
        reading.problem(
            f"{str(uses)!r} is no workflow: './.github/workflows/x.yml' or 'owner/name/.github/workflows/x.yml@version' is meant",
            uses.place,
        )
    return None, Uses(uses, name, version, kind="workflow")


def _local_workflow(reading: Reading, uses: Text) -> str | None:
    """The path of a called workflow of this repository, also when it is named as others would."""
    if is_local(uses):
        return folder_of(uses)
    owner, _, rest = uses.partition("/")
    name, _, rest = rest.partition("/")
    path = rest.partition("@")[0]
    if path and reading.tree.has(path) and f"{owner}/{name}".lower() == (full_name(reading.tree) or "").lower():
        return path
    return None
