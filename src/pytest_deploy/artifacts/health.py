"""Health checks that a platform's own files declare for what it runs (ECS, load balancers, Fly, Render, Cloud Foundry, …)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_deploy.places import Place
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class PlatformCheck:
    """A health check in a platform's file. ``text`` is that file, in which the image that it is for may be named."""

    place: Place
    text: str


# (name of the file, what the file must hold, what declares the check)
_FILES: tuple[tuple[str, str, str], ...] = (
    # ECS task definitions, in JSON or as part of CloudFormation and Terraform
    (r".*\.json", r"\"(?:containerDefinitions|ContainerDefinitions)\"", r"\"[hH]ealthCheck\"\s*:\s*\{"),
    (r".*\.(?:ya?ml|template)", r"AWS::ECS::TaskDefinition|containerDefinitions:", r"(?m)^[^\S\n]*[hH]ealthCheck:"),
    (r".*\.ya?ml", r"AWS::ElasticLoadBalancingV2::TargetGroup", r"HealthCheckPath:"),
    (r".*\.tf", r"aws_ecs_task_definition|container_definitions", r"\"?healthCheck\"?\s*[=:]"),
    (
        r".*\.tf",
        r"aws_(?:lb|alb)_target_group|google_cloud_run|azurerm_container_app|aws_apprunner",
        r"(?m)^[^\S\n]*(?:health_check\w*|liveness_probe|startup_probe)\s*(?:=\s*)?\{",
    ),
    (r".*\.tf", r"azurerm_(?:linux_|windows_)?(?:web_app|app_service|function_app)", r"(?m)^[^\S\n]*health_check_path\s*="),
    (r"(?:.*/)?fly(?:\.[\w-]+)?\.toml", r"", r"(?m)^[^\S\n]*\[\[?(?:http_service\.|services\.)?(?:\w+_)?checks[\].]"),
    (r"(?:.*/)?render\.ya?ml", r"", r"healthCheckPath:"),
    (r"(?:.*/)?railway\.(?:json|toml)", r"", r"healthcheckPath"),
    (r"(?:.*/)?\.do/[^/]*\.ya?ml", r"", r"health_check:"),
    (r"(?:.*/)?(?:[\w-]*manifest[\w.-]*|vars)\.ya?ml", r"(?m)^applications:", r"health-check-(?:http-endpoint|type):\s*(?!process|none)"),
    (r"(?:.*/)?copilot/[^/]+/manifest\.ya?ml", r"", r"(?m)^[^\S\n]*healthcheck:"),
)


def platform_checks(tree: Tree) -> Iterator[PlatformCheck]:
    """All of them, in the order of the table."""
    for names, holds, declares in _FILES:
        for path in tree.matching(names):
            text = tree.text(path)
            if text and re.search(holds, text) and (match := re.search(declares, text)):
                yield PlatformCheck(Place(path, text.count("\n", 0, match.start()) + 1), text)
