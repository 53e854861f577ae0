"""Controllers that watch a rollout and take it back by themselves, as the repository declares them."""

from __future__ import annotations

import functools
import re
from typing import Literal

from pytest_deploy.tree import Tree

Watched = Literal["kubernetes", "aws"]
"""Whose rollouts a controller watches."""

_FILES = r".*\.(?:ya?ml|json|tf|hcl|ts|py|template)"
_SHOWN = re.compile(r"(?:^|.*/)(?:docs?|examples?|samples?|tests?|node_modules|vendor)/.*")
_DECLARED: dict[Watched, re.Pattern[str]] = {
    # Flagger's canaries, and Argo's rollouts where they are analysed: without that they stop, and go nowhere
    "kubernetes": re.compile(
        r"^kind:\s*(?:Canary|(?:Cluster)?AnalysisTemplate)\s*$|^kind:\s*Rollout\s*$(?=[\s\S]*^\s+analysis:)", re.MULTILINE
    ),
    "aws": re.compile(
        r"deployment_circuit_breaker\s*\{[^}]*rollback\s*=\s*true"  # Terraform, aws_ecs_service
        r"|[\"']?[dD]eploymentCircuitBreaker[\"']?\s*:\s*\{?\s*(?:[\"']?\w+[\"']?\s*:\s*\w+,?\s*)*[\"']?[rR]ollback[\"']?\s*:\s*[\"']?[tT]rue"
        r"|auto_rollback_configuration\s*\{[^}]*enabled\s*=\s*true"  # Terraform, CodeDeploy
        r"|circuitBreaker\s*:\s*\{[^}]*rollback\s*:\s*true|circuit_breaker=.*rollback=True",  # CDK
    ),
}
_WORDS = ("kind: Rollout", "Canary", "AnalysisTemplate", "ircuit_breaker", "ircuitBreaker", "auto_rollback_configuration")


@functools.lru_cache(maxsize=4)  # asked once for each pipeline of a repository
def controllers(tree: Tree) -> frozenset[Watched]:
    """Whose failed rollouts are taken back as the repository declares it: by an analysed Argo Rollout or a Flagger canary, by an ECS
    deployment circuit breaker or a CodeDeploy group with roll-back. Examples, documentation and tests declare nothing."""
    found: set[Watched] = set()
    for path in tree.matching(_FILES):
        text = None if _SHOWN.fullmatch(path) else tree.text(path)
        if text is not None and any(word in text for word in _WORDS):
            found.update(kind for kind, pattern in _DECLARED.items() if pattern.search(text))
    return frozenset(found)
