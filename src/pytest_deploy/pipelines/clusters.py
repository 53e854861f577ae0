"""Clusters that a job makes for itself: what is applied there is tested, not deployed."""

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
