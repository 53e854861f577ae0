"""What a job makes for itself: a cluster, where what is applied is tested and not deployed, or a stack that it takes away again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_deploy.pipelines.acts import Act, Role

if TYPE_CHECKING:
    from pytest_deploy.pipelines.graph import Leaf

_THERE: frozenset[Role] = frozenset({"deploy", "readiness", "rollback"})
_CLIENTS = frozenset({"kubectl", "oc", "helm", "helmfile", "helmsman", "kustomize", "skaffold", "kapp", "tilt", "werf", "krane"})
_PLATFORMS = frozenset({"kubernetes", "helm"})
_CHOOSES = (
    "aws",
    "gcloud",
    "az",
    "doctl",
    "oc",
    "google-github-actions/get-gke-credentials",
    "azure/aks-set-context",
    "azure/k8s-set-context",
)
"""What leads the same commands to a cluster of the house again."""
_STACKS = frozenset({"terraform", "tofu", "terragrunt"})
_WHICH = ("-chdir", "--chdir", "-target", "--target", "--terragrunt-working-dir", "--working-dir")
"""Options that say which stack, or which part of it."""


def without_own_clusters(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    """The steps of a job, without the acts on a cluster that the job itself has made (kind, k3d, minikube)."""
    local = False
    found: list[Leaf] = []
    for leaf in leaves:
        kept: list[Act] = []
        for act in leaf.acts:
            if act.role == "setup" and act.details.get("cluster") == "local":
                local = True
            elif act.role == "setup" and act.words and act.words[0].lower() in _CHOOSES:
                local = False
            if not (local and _on_a_cluster(act)):
                kept.append(act)
        found.append(leaf if len(kept) == len(leaf.acts) else replace(leaf, acts=tuple(kept)))
    return tuple(found)


def _on_a_cluster(act: Act) -> bool:
    program = act.words[0].rpartition("/")[2] if act.words else ""
    return act.role in _THERE and (program in _CLIENTS or act.details.get("platform") in _PLATFORMS)


def without_own_stacks(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    """The steps of a job, without the stacks that it applies and, however it went, destroys: tests in a place of their own, or a task
    that is run once."""
    gone: set[tuple[str, ...]] = set()
    found: list[Leaf] = []
    for leaf in reversed(leaves):
        kept: list[Act] = []
        for act in reversed(leaf.acts):
            stack = _stack(act)
            if stack and act.details.get("destroy") and not act.conditional and leaf.runs_in_the_end:
                gone.add(stack)
            elif stack not in gone:
                kept.insert(0, act)
        found.insert(0, leaf if len(kept) == len(leaf.acts) else replace(leaf, acts=tuple(kept)))
    return tuple(found)


def _stack(act: Act) -> tuple[str, ...]:
    """Which stack an act applies or destroys: its program, folder, and the part that is chosen; empty for any other act."""
    program = act.words[0].rpartition("/")[2] if act.words else ""
    if program not in _STACKS or act.role not in ("deploy", "infrastructure"):
        return ()
    chosen = []
    for word, following in zip(act.words, (*act.words[1:], ""), strict=True):
        name, equals, value = word.partition("=")
        if name in _WHICH:
            chosen.append(f"{name}={value if equals else following}")
    return (program, act.details.get("directory", ""), *sorted(chosen))
