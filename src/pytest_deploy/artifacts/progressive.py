"""Controllers that watch a rollout and take it back by themselves, as the repository declares them."""

from __future__ import annotations

import functools
import re

from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

_FILES = r".*\.(?:ya?ml|json|tf|hcl|ts|py|template)"
_DECLARED = re.compile(
    r"^kind:\s*(?:Rollout|Canary|AnalysisTemplate)\s*$"  # Argo Rollouts, Flagger
    r"|deployment_circuit_breaker\s*\{[^}]*rollback\s*=\s*true"  # Terraform, aws_ecs_service
    r"|[\"']?[dD]eploymentCircuitBreaker[\"']?\s*:\s*\{?\s*(?:[\"']?\w+[\"']?\s*:\s*\w+,?\s*)*[\"']?[rR]ollback[\"']?\s*:\s*[\"']?(?:true|True)"
    r"|auto_rollback_configuration\s*\{[^}]*enabled\s*=\s*true"  # Terraform, CodeDeploy
    r"|circuitBreaker\s*:\s*\{[^}]*rollback\s*:\s*true|circuit_breaker=.*rollback=True",  # CDK
    re.MULTILINE,
)


_WORDS = ("kind: Rollout", "Canary", "AnalysisTemplate", "ircuit_breaker", "ircuitBreaker", "auto_rollback_configuration")


@functools.lru_cache(maxsize=4)  # asked once for each pipeline of a repository
def controllers(tree: Tree) -> Place | None:
    """Where the repository declares that failed rollouts are taken back (``None``: nowhere): an Argo Rollout, a Flagger canary, an ECS
    deployment circuit breaker or a CodeDeploy group with roll-back."""
    for path in tree.matching(_FILES):
        text = tree.text(path)
        if text is None or not any(word in text for word in _WORDS):
            continue
        found = _DECLARED.search(text)
        if found:
            return Place(path, text.count("\n", 0, found.start()) + 1)
    return None
