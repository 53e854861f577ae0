"""What packaged steps do."""

from __future__ import annotations

import pytest

from pipelines.role_steps import of_action, roles
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.settings import Settings


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("actions/checkout", {}, []),
        ("github/codeql-action/analyze", {}, ["security-scan"]),
        ("github/codeql-action/upload-sarif", {}, []),
        ("aquasecurity/trivy-action", {"scan-type": "fs"}, ["security-scan"]),
        ("aquasecurity/trivy-action", {"image-ref": "app:1"}, ["image-scan"]),
        ("anchore/scan-action", {"path": "."}, ["security-scan"]),
        ("anchore/scan-action", {"image": "app:1"}, ["image-scan"]),
        ("docker/build-push-action", {"push": "true"}, ["image-build", "image-push"]),
        ("docker/build-push-action", {"push": "false"}, ["image-build"]),
        ("docker/build-push-action", {}, ["image-build"]),
        ("docker/metadata-action", {}, []),
        ("pre-commit/action", {}, ["lint"]),
        ("golangci/golangci-lint-action", {}, ["lint"]),
        ("cypress-io/github-action", {}, ["tests"]),
        ("pypa/gh-action-pypi-publish", {}, ["publish"]),
        ("softprops/action-gh-release", {}, ["release"]),
        ("softprops/action-gh-release", {"files": "dist/*"}, ["release", "publish"]),
        ("aws-actions/amazon-ecs-deploy-task-definition", {"service": "a", "wait-for-service-stability": "true"}, ["deploy", "readiness"]),
        ("aws-actions/amazon-ecs-deploy-task-definition", {"service": "a"}, ["deploy"]),
        ("aws-actions/amazon-ecs-deploy-task-definition", {"task-definition": "a.json"}, []),
        ("google-github-actions/deploy-cloudrun", {"service": "a"}, ["deploy", "readiness"]),
        ("AkhileshNS/heroku-deploy", {"heroku_app_name": "a"}, ["deploy"]),
        ("peaceiris/actions-gh-pages", {}, ["deploy"]),
        ("superfly/flyctl-actions", {"args": "deploy --remote-only"}, ["deploy", "readiness"]),
        ("superfly/flyctl-actions/setup-flyctl", {}, []),
        ("cloudflare/wrangler-action", {"command": "deploy --env production"}, ["deploy"]),
        ("cloudflare/wrangler-action", {"command": "secret list"}, []),
        ("nick-fields/retry", {"command": "npx playwright test"}, ["tests"]),
        ("azure/CLI", {"inlineScript": "az containerapp update -n app --image x:1"}, ["deploy"]),
        ("appleboy/ssh-action", {"script": "cd /srv && docker compose pull && docker compose up -d"}, ["deploy"]),
        ("appleboy/ssh-action", {"script": "df -h"}, []),
        ("cloud-gov/cg-cli-tools", {"cf_command": "push app --strategy rolling"}, ["deploy", "readiness"]),
        ("cloud-gov/cg-cli-tools", {"command": "cf set-env app A b\ncf restage app"}, ["deploy", "readiness"]),
        ("trstringer/manual-approval", {}, ["approval"]),
        ("jtalk/url-health-check-action", {"url": "https://a.example.io/health"}, ["smoke"]),
        ("jtalk/url-health-check-action", {"url": "http://localhost:3000"}, []),
        ("benc-uk/workflow-dispatch", {"workflow": "deploy.yml"}, ["trigger"]),
        ("somebody/action-helm-deploy", {"kubeconfig": "x"}, ["deploy"]),
        ("somebody/action-helm-deploy", {"action": "undeploy"}, []),
        ("somebody/deploy-status", {}, []),
        ("somebody/tools/deploy-network-infra", {}, ["infrastructure"]),
        ("somebody/tools/deploy-domains", {"terraform-base": "terraform/domains"}, ["infrastructure"]),
        ("somebody/tools/snyk-scan", {"SNYK_TEST_IMAGE": "app:1"}, ["image-scan"]),
        ("somebody/tools/docker-scan", {"docker_image": "app:1"}, ["image-scan"]),
        ("somebody/trivy-wrapper", {"scan-path": "."}, []),
        ("somebody/unknown", {}, []),
        ("house/actions/build-push-ecr", {"docker-repo": "app"}, ["image-build", "image-push"]),
        ("house/build-and-push-image", {"push": "false"}, ["image-build"]),
        ("house/docker-publish", {}, ["image-build", "image-push"]),
        ("house/setup-build-push", {}, []),
        ("equinor/radix-github-actions", {"args": "create job deploy --application shop --environment prod"}, ["deploy"]),
        ("equinor/radix-github-actions", {}, []),
    ],
)
def test_an_action_has_the_roles_of_what_its_parameters_ask(name: str, parameters: dict[str, str], expected: list[str]) -> None:
    assert roles(of_action(name, parameters)) == expected


def test_the_settings_say_what_an_unknown_action_is() -> None:
    settings = Settings(roles={"tests": ("acme/verify",)})

    assert roles(of_action("Acme/Verify", settings=settings)) == ["tests"]


def test_an_action_stands_where_it_is_used_and_hides_secrets() -> None:
    (act,) = of_action("akhileshns/heroku-deploy", {"heroku_app_name": "shop-staging", "heroku_api_key": "abc123"})

    assert (act.place.line, act.environments) == (7, ("shop-staging",))
    assert "abc123" not in act.text


def test_images_may_be_written_in_lines() -> None:
    build, push = of_action(
        "docker/build-push-action", {"tags": "a:1\na:${{ sha }}\n", "push": "true", "file": "x/Dockerfile", "target": "run"}
    )

    assert build.images == push.images == ("a:1", "a:${{ sha }}")
    assert build.details == {"tool": "docker", "push": "true", "file": "x/Dockerfile", "target": "run"}


def test_parameters_are_rendered() -> None:
    acts = of_action("docker/build-push-action", {"push": "${{ inputs.push }}"}, scope=Scope({"inputs.push": False}))

    assert roles(acts) == ["image-build"]


def test_a_push_that_only_the_run_decides_may_push() -> None:
    acts = of_action("docker/build-push-action", {"push": "${{ inputs.push }}"})

    assert roles(acts) == ["image-build", "image-push"]
    assert acts[1].details == {"push": "${{ inputs.push }}"}


@pytest.mark.parametrize(
    ("name", "parameters", "can_fail", "flag"),
    [
        ("aquasecurity/trivy-action", {"image-ref": "a"}, "no", None),
        ("aquasecurity/trivy-action", {"image-ref": "a", "exit-code": "1"}, "yes", None),
        ("aquasecurity/trivy-action", {"image-ref": "a", "exit-code": "0"}, "no", "exit-code: 0"),
        ("aquasecurity/trivy-action", {"image-ref": "a", "exit-code": "${{ x }}"}, "unknown", None),
        ("anchore/scan-action", {"image": "a"}, "yes", None),
        ("anchore/scan-action", {"image": "a", "fail-build": "false"}, "no", "fail-build: false"),
        ("docker/scout-action", {"image": "a", "command": "cves"}, "no", None),
        ("docker/scout-action", {"image": "a", "command": "cves", "exit-code": "true"}, "yes", None),
        ("snyk/actions/docker", {"image": "a"}, "yes", None),
    ],
)
def test_a_scanning_action_tells_whether_it_can_fail(name: str, parameters: dict[str, str], can_fail: str, flag: str | None) -> None:
    act = next(one for one in of_action(name, parameters) if one.role == "image-scan")

    assert (act.details["can-fail"], act.details.get("never-fails")) == (can_fail, flag)


def test_a_soft_failing_scanner_says_so() -> None:
    (act,) = of_action("bridgecrewio/checkov-action", {"soft_fail": "true"})

    assert act.details["never-fails"] == "soft_fail: true"


def test_a_cypress_run_against_a_deployment_is_a_smoke_test() -> None:
    acts = of_action("cypress-io/github-action", scope=Scope(variables={"CYPRESS_BASE_URL": "https://uat.example.io"}))

    assert roles(acts) == ["tests", "smoke"]
    assert acts[1].environments == ("https://uat.example.io",)


def test_a_remote_script_is_placed_at_its_action() -> None:
    (act,) = of_action("appleboy/ssh-action", {"host": "staging.example.io", "script": "git pull\nsystemctl restart app"})

    assert (act.role, act.place.line) == ("deploy", 7)
    assert "staging.example.io" in act.environments
