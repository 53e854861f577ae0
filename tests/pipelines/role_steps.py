"""Steps for tests of roles: a script or an action in a repository of a few files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_deploy.pipelines.acts import Act
from pytest_deploy.pipelines.model import Script, Step, Template, Uses, Variable
from pytest_deploy.pipelines.roles import Roles
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.places import Place, Text
from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree

NOWHERE = Path(__file__).parent / "no-such-folder"


def template(text: str, line: int = 1) -> Template:
    """Text with ``${{ name }}`` in it."""
    parts: list[str | Variable] = []
    rest = text
    while "${{" in rest:
        before, _, rest = rest.partition("${{")
        name, _, rest = rest.partition("}}")
        parts += [before, Variable(name.strip())]
    return Template(Text(text, "ci.yml", line), (*parts, rest))


def files(root: Path, contents: Mapping[str, str]) -> Path:
    """The same folder, with these files in it."""
    for path, text in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def of_script(
    text: str, *, root: Path = NOWHERE, scope: Scope | None = None, settings: Settings | None = None, shell: str = "bash"
) -> tuple[Act, ...]:
    """What a script does; it begins in line 1 of ``ci.yml``."""
    step = Step(Place("ci.yml", 1), script=Script(template(text), shell=shell))
    return Roles(Tree(root), settings or Settings()).acts(step, scope or Scope())


def of_action(
    name: str, parameters: Mapping[str, str] | None = None, *, scope: Scope | None = None, settings: Settings | None = None
) -> tuple[Act, ...]:
    """What an action does."""
    uses = Uses(Text(f"{name}@v1", "ci.yml", 7), name, "v1")
    step = Step(Place("ci.yml", 6), uses=uses, parameters={key: template(value, 9) for key, value in (parameters or {}).items()})
    return Roles(Tree(NOWHERE), settings or Settings()).acts(step, scope or Scope())


def roles(acts: tuple[Act, ...]) -> list[str]:
    """Their roles, those that only prepare left out."""
    return [act.role for act in acts if act.role not in ("setup", "checkout")]
