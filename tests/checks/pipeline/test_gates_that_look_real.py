"""Workflows that look as if they had their gates, beside those that have them: what must not turn green, and what must not turn red."""

from __future__ import annotations

import pytest

from pytest_deploy.checks import registry
from pytest_deploy.testing import run_check

CHECKS = {one.id: one for one in registry.built_in()}
PATH = ".github/workflows/a.yml"
PUSH = "on: {push: {branches: [main]}}\n"
CHOICE = "on: {workflow_dispatch: {inputs: {skip_tests: {type: boolean}, success: {type: boolean}}}}\n"
APPLY = "kubectl apply -f k8s/"
TAG = "r.io/a:${{ github.sha }}"
BUILD, SCAN, SEND = f"docker build -t {TAG} .", f"trivy image --exit-code 1 {TAG}", f"docker push {TAG}"


def job(name: str, *steps: str | tuple[str, str], more: str = "") -> str:
    """A job of steps: a command, or a condition and a command."""
    lines = [f"  {name}:", "    runs-on: ubuntu-latest", *([f"    {more}"] if more else []), "    steps:"]
    for step in steps:
        condition, run = step if isinstance(step, tuple) else ("", step)
        lines += [f"      - run: {run}"] if not condition else [f"      - if: {condition}", f"        run: {run}"]
    return "\n".join([*lines, ""])


def production(*steps: str | tuple[str, str], needs: str = "", condition: str = "") -> str:
    more = [f"needs: [{needs}]"] * bool(needs) + [f"if: {condition}"] * bool(condition) + ["environment: production"]
    return job("prod", *steps, more="\n    ".join(more))


def staging(command: str = "kubectl apply -n staging -f k8s/", more: str = "") -> str:
    return job("stg", command, more="\n    ".join(["environment: staging", *[more] * bool(more)]))


def outcome(check: str, workflow: str, **files: str) -> str:
    (found,) = [one for one in run_check(CHECKS[check], {PATH: workflow, **files}) if one.subject == PATH]
    return found.outcome


@pytest.mark.parametrize(
    ("workflow", "files", "expected"),
    [
        pytest.param(PUSH + "jobs:\n" + production("pytest", APPLY), {}, "passed", id="tests first"),
        pytest.param(PUSH + "jobs:\n" + production("echo pytest", APPLY), {}, "failed", id="tests only named"),
        pytest.param(PUSH + "jobs:\n" + production("pytest --version", APPLY), {}, "failed", id="asks for the version"),
        pytest.param(PUSH + "jobs:\n" + production("pytest --collect-only", APPLY), {}, "failed", id="collects only"),
        pytest.param(
            PUSH + "jobs:\n" + production("npm test", APPLY), {"package.json": '{"scripts":{"test":"exit 0"}}'}, "failed", id="placeholder"
        ),
        pytest.param(
            PUSH + "jobs:\n" + production("npm test --if-present", APPLY), {"package.json": '{"scripts":{}}'}, "failed", id="no such script"
        ),
        pytest.param(
            PUSH + "jobs:\n" + production("npm test --if-present", APPLY),
            {"package.json": '{"scripts":{"test":"jest"}}'},
            "passed",
            id="a script that is present",
        ),
        pytest.param(CHOICE + "jobs:\n" + production(("${{ !inputs.skip_tests }}", "pytest"), APPLY), {}, "failed", id="skipped by choice"),
        pytest.param(
            CHOICE + "jobs:\n" + production(("${{ !inputs.success }}", "pytest"), APPLY), {}, "failed", id="a choice called success"
        ),
        pytest.param(PUSH + "jobs:\n" + production(("vars.SKIP_TESTS != '1'", "pytest"), APPLY), {}, "failed", id="skipped by settings"),
        pytest.param(
            PUSH + "jobs:\n" + production('if [ "${{ vars.SKIP }}" != 1 ]; then pytest; fi', APPLY), {}, "failed", id="in the script"
        ),
        pytest.param(
            PUSH + "jobs:\n" + production('if [ -n "$ENABLE_COVERAGE" ]; then pytest --cov; else pytest; fi', APPLY),
            {},
            "passed",
            id="either way",
        ),
        pytest.param(
            PUSH + "jobs:\n" + production('if [ -n "$GITHUB_RUN_ID" ]; then pytest; fi', APPLY), {}, "passed", id="what the forge sets"
        ),
        pytest.param(
            PUSH + "jobs:\n" + production(("steps.c.outputs.cache-hit != 'true'", "pytest"), APPLY), {}, "passed", id="the same tree passed"
        ),
        pytest.param(
            CHOICE
            + "jobs:\n"
            + job("test", "pytest", more="if: ${{ !inputs.skip_tests }}")
            + production(APPLY, needs="test", condition="always() && needs.test.result != 'failure'"),
            {},
            "failed",
            id="a skipped job let pass",
        ),
        pytest.param(
            PUSH + "jobs:\n" + job("test", "pytest", more="continue-on-error: ${{ true }}") + production(APPLY, needs="test"),
            {},
            "failed",
            id="a failed job let pass",
        ),
    ],
)
def test_only_tests_that_can_hold_a_deploy_back_are_a_gate(workflow: str, files: dict[str, str], expected: str) -> None:
    assert outcome("pipeline-deploys-after-tests", workflow, **files) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param((BUILD, SCAN, SEND), "passed", id="between"),
        pytest.param((SCAN, BUILD, SEND), "failed", id="before the build"),
        pytest.param((BUILD, ("vars.SCAN == 'yes'", SCAN), SEND), "failed", id="by settings"),
        pytest.param((BUILD, ("github.event_name == 'pull_request'", SCAN), SEND), "failed", id="of pull requests"),
        pytest.param((BUILD, "trivy image --exit-code 1 postgres:16", SEND), "failed", id="of another image"),
        pytest.param((BUILD, "trivy image --exit-code 1 --input image.tar", SEND), "passed", id="of an archive"),
        pytest.param(
            (BUILD, BUILD.replace("/a:", "/b:").replace(" .", " worker"), SCAN, SEND, SEND.replace("/a:", "/b:")), "failed", id="one of two"
        ),
        pytest.param((BUILD, "docker build -t helper tools", SCAN, SEND), "passed", id="an image that stays here needs none"),
        pytest.param(
            ("docker build -t local .", "trivy image --exit-code 1 local", f"docker build --push -t {TAG} ."), "passed", id="twice"
        ),
        pytest.param(('docker build -t "$IMAGE" .', SCAN, SEND), "passed", id="a name that a variable hides"),
        pytest.param(
            ("docker build -t local .", "trivy image --exit-code 1 local", f"docker build -t {TAG} .", SEND),
            "passed",
            id="twice, and pushed apart",
        ),
    ],
)
def test_an_image_goes_out_only_after_a_scan_of_it(steps: tuple[str | tuple[str, str], ...], expected: str) -> None:
    assert outcome("pipeline-scans-image", PUSH + "jobs:\n" + job("image", *steps)) == expected


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        pytest.param(staging() + production(APPLY, needs="stg"), "passed", id="staging first"),
        pytest.param(staging(more="continue-on-error: true") + production(APPLY, needs="stg"), "failed", id="may fail"),
        pytest.param(staging("kubectl diff -f k8s/") + production(APPLY, needs="stg"), "failed", id="only a diff"),
        pytest.param(staging("echo deployed") + production(APPLY, needs="stg"), "failed", id="only the name"),
        pytest.param(
            staging(more="if: ${{ !inputs.success }}") + production(APPLY, needs="stg", condition="always() && !failure()"),
            "failed",
            id="skipped by choice",
        ),
    ],
)
def test_staging_comes_first_only_where_it_is_deployed_to_and_cannot_be_left_out(jobs: str, expected: str) -> None:
    assert outcome("staging-before-production", CHOICE + "jobs:\n" + jobs) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            PUSH + "jobs:\n" + staging() + job("prod", "kubectl apply -n production -f k8s/", more="needs: stg"), "failed", id="of staging"
        ),
        pytest.param(
            PUSH
            + "jobs:\n"
            + job("ask", "echo asked", more="environment: release-approval")
            + job("prod", "kubectl apply -n production -f k8s/", more="needs: ask"),
            "passed",
            id="of a release",
        ),
    ],
)
def test_who_is_asked_about_staging_has_not_approved_production(text: str, expected: str) -> None:
    assert outcome("production-needs-approval", text) == expected


@pytest.mark.parametrize(
    ("steps", "files", "expected"),
    [
        pytest.param((APPLY, ("failure()", "kubectl rollout undo deployment/x")), {}, "passed", id="when it fails"),
        pytest.param((APPLY, "kubectl rollout undo deployment/x"), {}, "failed", id="when it succeeds"),
        pytest.param(
            (f'if [ "$MODE" = undo ]; then kubectl rollout undo deployment/x; fi; {APPLY}',), {}, "failed", id="by another branch, before"
        ),
        pytest.param((APPLY,), {"k8s/a.yaml": "kind: Canary\n"}, "passed", id="by a controller"),
        pytest.param((APPLY,), {"docs/a.yaml": "kind: Canary\n"}, "failed", id="by an example"),
        pytest.param(
            (APPLY,), {"a.tf": "deployment_circuit_breaker {\n  rollback = true\n}\n"}, "failed", id="by the controller of another platform"
        ),
    ],
)
def test_a_deploy_is_taken_back_only_by_what_acts_when_it_fails(
    steps: tuple[str | tuple[str, str], ...], files: dict[str, str], expected: str
) -> None:
    assert outcome("post-deploy-rolls-back", PUSH + "jobs:\n" + production(*steps), **files) == expected


def test_a_smoke_test_whose_failure_is_swallowed_verifies_nothing() -> None:
    swallowed = "curl --fail https://shop.example.org/health || echo sad"
    assert outcome("post-deploy-verified", PUSH + "jobs:\n" + production(APPLY, swallowed)) == "failed"
