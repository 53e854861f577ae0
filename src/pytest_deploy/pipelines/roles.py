"""What a step does: its roles, told from what it runs."""

from __future__ import annotations

from pytest_deploy.pipelines.acts import Act as Act
from pytest_deploy.pipelines.acts import Role as Role
from pytest_deploy.pipelines.classification.handed import Handed, handed, hands_on
from pytest_deploy.pipelines.classification.packaged import Packaged
from pytest_deploy.pipelines.classification.rendered import rendered
from pytest_deploy.pipelines.classification.scripts import Scripts, Setting
from pytest_deploy.pipelines.commands import Follower
from pytest_deploy.pipelines.model import Step
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree

_SHELLS = frozenset({"", "bash", "sh", "ash", "dash", "zsh", "ksh", "pwsh", "powershell", "cmd"})


class Roles:
    """Tells what steps do."""

    def __init__(self, tree: Tree, settings: Settings) -> None:
        self.tree = tree
        self.settings = settings
        self._follower = Follower(tree)
        self._scripts = Scripts(self._follower, settings.roles)
        self._packaged = Packaged(self._scripts, settings.roles)
        self._handed: dict[tuple[object, ...], tuple[Handed, ...]] = {}

    def acts(self, step: Step, scope: Scope) -> tuple[Act, ...]:
        """What a step does, in order. The step is one that does something itself (no ``steps`` within); ``scope`` knows its inputs
        and environment variables."""
        if step.uses is not None:
            return tuple(self._packaged.acts(step, scope))
        if step.script is None or (step.script.shell.split() or [""])[0].rpartition("/")[2] not in _SHELLS:
            return ()
        setting = Setting(
            directory=step.script.directory,
            variables=scope.variables,
            remote=scope.self_hosted,
            errexit=step.script.errexit,
            pipefail=step.script.pipefail,
        )
        return tuple(self._scripts.acts(rendered(step.script.template, scope), setting))

    def hands_on(self, step: Step, scope: Scope) -> tuple[Handed, ...]:
        """What a step's script hands on to the steps and jobs behind it."""
        script = step.script
        if script is None or not hands_on(script.text):
            return ()
        text, variables = rendered(script.template, scope), {**_of_the_start(scope), **scope.variables}
        key = (text, text.place, script.directory, script.errexit, script.pipefail, tuple(sorted(variables.items())))
        if key not in self._handed:
            found = self._follower.invocations(
                text, errexit=script.errexit, pipefail=script.pipefail, directory=script.directory, variables=variables
            )
            self._handed[key] = handed(found)
        return self._handed[key]


_STARTS = {"GITHUB_REF": "ref", "GITHUB_REF_NAME": "ref_name", "GITHUB_REF_TYPE": "ref_type", "GITHUB_EVENT_NAME": "event.written"}


def _of_the_start(scope: Scope) -> dict[str, str]:
    """The variables that the forge sets for every script, as far as the start of the run tells them."""
    return {name: value for name, asked in _STARTS.items() if isinstance(value := scope.values.get(asked), str)}
