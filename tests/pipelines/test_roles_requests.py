"""Requests over HTTP: smoke tests, hooks, and what is neither."""

from __future__ import annotations

import pytest

from pipelines.role_steps import of_script, roles
from pytest_deploy.pipelines.scope import Scope


@pytest.mark.parametrize(
    ("script", "can_fail"),
    [
        ("curl -fsS https://shop.example.io/", "yes"),
        ("curl --fail $APP_URL", "yes"),
        ("curl --fail https://shop.example.io/about > /dev/null", "yes"),
        ("curl --retry 5 --fail-with-body -o /dev/null https://shop.example.io/healthz", "yes"),
        ("curl https://shop.example.io/health", "no"),
        ("curl -s -o /dev/null -w '%{http_code}' $URL/health", "no"),
        ('code=$(curl -s -o /dev/null -w "%{http_code}" $URL/health)\nif [ "$code" != 200 ]; then exit 1; fi', "yes"),
        ("wget -q --spider https://shop.example.io/health", "yes"),
        ("wget -qO- https://shop.example.io/health", "yes"),
        ("http --check-status https://shop.example.io/health", "yes"),
    ],
)
def test_a_request_to_the_application_is_a_smoke_test(script: str, can_fail: str) -> None:
    (act,) = of_script(script)

    assert (act.role, act.details["target"], act.details["can-fail"]) == ("smoke", "remote", can_fail)


def test_a_request_to_localhost_says_so() -> None:
    (act,) = of_script("curl http://localhost:8000/health")

    assert (act.details["target"], act.details["can-fail"]) == ("localhost", "no")


@pytest.mark.parametrize(
    "script",
    [
        "curl --retry 5 --retry-connrefused http://localhost:8000 > /dev/null",
        "curl -sSL https://install.python-poetry.org | python3 -",
        "curl -fsSLO https://dl.k8s.io/release/v1.30.0/bin/linux/amd64/kubectl",
        "curl -o tool.tgz https://shop.example.io/tool.tgz",
        "curl -X POST -d '{}' $SLACK_WEBHOOK_URL",
        "curl -s https://api.github.com/repos/a/b/releases/latest",
        "curl https://codecov.io/bash > codecov",
        "curl -sf -H 'Authorization: x' -X POST https://shop.example.io/api/purge",
        "wget https://shop.example.io/",
    ],
)
def test_downloads_and_notices_are_none(script: str) -> None:
    assert roles(of_script(script)) == []


@pytest.mark.parametrize(
    ("script", "role"),
    [
        ('curl "$RENDER_DEPLOY_HOOK_URL"', "deploy"),
        ("curl -X POST https://api.render.com/deploy/srv-1?key=x", "deploy"),
        ("curl -X POST ${{ secrets.COOLIFY_WEBHOOK }}", "deploy"),
        ("curl -X POST -d '{}' https://api.github.com/repos/org/infra/dispatches", "trigger"),
    ],
)
def test_a_hook_deploys_or_triggers(script: str, role: str) -> None:
    assert roles(of_script(script)) == [role]


def test_a_trigger_of_this_very_repository_says_so() -> None:
    own = of_script("curl -X POST https://api.github.com/repos/$GITHUB_REPOSITORY/dispatches -d x")
    other = of_script("curl -X POST https://api.github.com/repos/org/infra/dispatches -d x")

    assert (own[0].details.get("same"), other[0].details.get("same")) == ("yes", None)


@pytest.mark.parametrize(("url", "expected"), [("https://staging.example.io", ["tests", "smoke"]), ("http://localhost:3000", ["tests"])])
def test_a_browser_suite_against_an_address_is_a_smoke_test(url: str, expected: list[str]) -> None:
    assert roles(of_script("npx playwright test", scope=Scope(variables={"BASE_URL": url}))) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("for f in *.deb; do curl -F package=@$f https://$TOKEN@push.fury.io/shop/; done", ["publish"]),
        ("curl -u $USER:$TOKEN -T dist/app.jar https://repo.example.org/artifactory/libs/app.jar", ["publish"]),
        ("curl --upload-file app.rpm https://gitlab.example.org/api/v4/projects/1/packages/generic/app/1.0/app.rpm", ["publish"]),
        ("curl -fsSLO https://repo.example.org/artifactory/libs/app.jar", []),
        ("curl -X POST -d name=app https://repo.example.org/artifactory/api/search", []),
    ],
)
def test_a_file_that_is_sent_to_a_package_repository_is_published(script: str, expected: list[str]) -> None:
    assert roles(of_script(script)) == expected
