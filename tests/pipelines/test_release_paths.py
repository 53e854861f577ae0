"""Release paths: which gates no way to an environment gets past. Input is GitHub Actions, as the system that is read first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_deploy.pipelines.coverage import Coverage, covered, wants
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.pipelines.stages import approved, rolls_back, staged
from pytest_deploy.repository import Repository

Make = Callable[..., ReleasePaths]

TEST = """
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
"""


GITHUB_NOT_MAIN = "github.ref_name != 'main'"


def deploy(needs: str = "", condition: str = "", name: str = "deploy", environment: str = "production") -> str:
    lines = [f"  {name}:", "    runs-on: ubuntu-latest"]
    lines += [f"    needs: {needs}"] if needs else []
    lines += [f"    if: {condition}"] if condition else []
    lines += [f"    environment: {environment}"] if environment else []
    return "\n".join([*lines, "    steps:", "      - run: kubectl apply -f k8s/", ""])


@pytest.fixture
def release(tmp_path: Path) -> Make:
    """The release paths of a repository made of workflows: file name without its ending -> text."""

    def make(_files: dict[str, str] | None = None, **workflows: str) -> ReleasePaths:
        folder = tmp_path / ".github/workflows"
        folder.mkdir(parents=True)
        for name, text in workflows.items():
            (folder / f"{name}.yml").write_text(text)
        for path, text in (_files or {}).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return Repository(tmp_path).release

    return make


def coverage_of(paths: ReleasePaths, way: Way) -> Coverage:
    return covered(way, wants("tests"), "tests", paths, hint="tests")


def job_of(*steps: str) -> str:
    lines = ["  deploy:", "    runs-on: ubuntu-latest", "    environment: production", "    steps:"]
    return "\n".join([*lines, *(f"      - run: {step}" for step in steps), ""])


def only(paths: ReleasePaths) -> Way:
    (way,) = paths.deploys
    return way


def test_a_needed_test_job_covers_the_deploy(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + TEST + deploy("test"))
    way = only(paths)
    assert coverage_of(paths, way).holds
    assert way.text == "push main → test → deploy"
    assert (way.target, way.environment) == ("production", "production")


def test_a_test_job_needed_through_another_job_covers_the_deploy(release: Make) -> None:
    build = "  build:\n    needs: test\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker build .\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + TEST + build + deploy("build"))
    assert coverage_of(paths, only(paths)).holds


def test_a_test_job_that_runs_beside_the_deploy_does_not_cover_it(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + TEST + deploy())
    assert coverage_of(paths, only(paths)).reason == "test runs beside it, not before it"


def test_what_waits_in_the_merge_queue_is_not_on_the_branch_yet(release: Make) -> None:
    paths = release(ci="on: {merge_group: , push: {branches: [main]}}\njobs:\n" + deploy(condition="github.ref == 'refs/heads/main'"))
    assert only(paths).entry.text == "push main"


def test_a_test_job_that_the_way_skips_is_named_as_such(release: Make) -> None:
    test = TEST.replace("    steps", "    if: github.event_name != 'push'\n    steps")
    paths = release(ci="on: {push: {branches: [main]}, pull_request: }\njobs:" + test + deploy(condition="github.event_name == 'push'"))
    assert coverage_of(paths, only(paths)).reason == "test is skipped on this way"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("always()", False),
        ("'!cancelled()'", False),
        ("always() && needs.test.result == 'success'", True),
        ("always() && needs.test.result != 'failure'", False),  # skipped gets through where the test job can be skipped
        ("'!failure() && !cancelled()'", True),
        ("always() && !contains(needs.*.result, 'failure')", True),
        ("success()", True),
        ("github.ref == 'refs/heads/main'", True),
        ("success() || failure()", False),
        ("always() && needs.test.outputs.ok == 'true'", True),
    ],
)
def test_the_condition_of_the_deploy_decides_whether_a_failed_test_job_holds_it_back(release: Make, condition: str, holds: bool) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + TEST + deploy("test", condition))
    if condition == "always() && needs.test.result != 'failure'":
        holds = True  # the test job has no condition: it is never skipped here
    assert coverage_of(paths, only(paths)).holds is holds


def test_a_test_job_with_a_condition_of_its_own_may_be_skipped_and_the_deploy_with_it(release: Make) -> None:
    changes = "  changes:\n    runs-on: ubuntu-latest\n    outputs: {code: '${{ steps.x.outputs.code }}'}\n    steps:\n      - run: echo\n"
    test = TEST.replace("  test:\n", "  test:\n    needs: changes\n    if: needs.changes.outputs.code == 'true'\n")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + changes + test + deploy("test"))
    assert coverage_of(paths, only(paths)).holds


def test_a_deploy_that_also_runs_when_the_tests_are_skipped_is_not_covered(release: Make) -> None:
    changes = "  changes:\n    runs-on: ubuntu-latest\n    outputs: {code: '${{ steps.x.outputs.code }}'}\n    steps:\n      - run: echo\n"
    test = TEST.replace("  test:\n", "  test:\n    needs: changes\n    if: needs.changes.outputs.code == 'true'\n")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + changes + test + deploy("test", "'!failure()'"))
    assert coverage_of(paths, only(paths)).reason == "it also runs when test is skipped"


def test_a_job_that_judges_its_needs_and_exits_is_a_gate(release: Make) -> None:
    judge = (
        "  judge:\n    needs: test\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: test '${{ needs.test.result }}' = success || exit 1\n"
    )
    paths = release(
        ci="on: {push: {branches: [main]}}\njobs:" + TEST + judge + deploy("judge", "always() && needs.judge.result == 'success'")
    )
    assert coverage_of(paths, only(paths)).holds


def test_tests_whose_failure_the_step_lets_pass_cover_nothing(release: Make) -> None:
    test = TEST.replace("run: pytest\n", "run: pytest\n        continue-on-error: true\n")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + test + deploy("test"))
    assert "continue-on-error" in coverage_of(paths, only(paths)).reason


def test_tests_that_the_script_swallows_cover_nothing(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + TEST.replace("pytest", "pytest || true") + deploy("test"))
    assert coverage_of(paths, only(paths)).reason.startswith("test cannot fail: ")


def test_an_outcome_that_a_later_step_exits_on_is_a_gate(release: Make) -> None:
    test = TEST.replace(
        "- run: pytest\n",
        "- id: unit\n        run: pytest\n        continue-on-error: true\n"
        "      - if: steps.unit.outcome == 'failure'\n        run: exit 1\n",
    )
    paths = release(ci="on: {push: {branches: [main]}}\njobs:" + test + deploy("test"))
    assert coverage_of(paths, only(paths)).holds


def test_tests_before_the_deploy_in_the_same_script_cover_it(release: Make) -> None:
    job = job_of("pytest && kubectl apply -f k8s/")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + job)
    assert coverage_of(paths, only(paths)).holds


def test_tests_after_the_deploy_in_the_same_job_do_not(release: Make) -> None:
    job = job_of("kubectl apply -f k8s/", "pytest")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + job)
    assert not coverage_of(paths, only(paths)).holds


def test_tests_that_run_only_for_pull_requests_are_named_with_their_file(release: Make) -> None:
    paths = release(
        ci="on: pull_request\njobs:" + TEST,
        deploy="on: {push: {branches: [main]}}\njobs:\n" + deploy(),
    )
    assert coverage_of(paths, only(paths)).reason == ("tests run in .github/workflows/ci.yml (pull request), which does not hold it back")


def test_a_deploy_after_another_workflow_that_must_have_succeeded_is_covered_by_its_tests(release: Make) -> None:
    paths = release(
        ci="name: CI\non: {push: {branches: [main]}}\njobs:" + TEST,
        deploy="on: {workflow_run: {workflows: [CI], types: [completed], branches: [main]}}\njobs:\n"
        + deploy("", "github.event.workflow_run.conclusion == 'success'"),
    )
    way = only(paths)
    assert coverage_of(paths, way).holds
    assert way.text == "push main → CI → deploy"


def test_a_deploy_after_another_workflow_however_it_ended_is_not(release: Make) -> None:
    paths = release(
        ci="name: CI\non: {push: {branches: [main]}}\njobs:" + TEST,
        deploy="on: {workflow_run: {workflows: [CI], types: [completed], branches: [main]}}\njobs:\n" + deploy(),
    )
    assert not coverage_of(paths, only(paths)).holds


def test_tests_in_a_called_workflow_cover_a_deploy_that_needs_the_call(release: Make) -> None:
    paths = release(
        ci="on: {push: {branches: [main]}}\njobs:\n  checks:\n    uses: ./.github/workflows/checks.yml\n" + deploy("checks"),
        checks="on: workflow_call\njobs:" + TEST,
    )
    assert coverage_of(paths, only(paths)).holds


def test_a_deploy_in_a_called_workflow_belongs_to_the_file_with_the_start_and_knows_its_environment(release: Make) -> None:
    paths = release(
        ci=(
            "on: {push: {branches: [main]}}\njobs:"
            + TEST
            + "  ship:\n    needs: test\n    uses: ./.github/workflows/ship.yml\n    with: {environment: prod-eu}\n"
        ),
        ship=(
            "on: {workflow_call: {inputs: {environment: {type: string, required: true}}}}\njobs:\n"
            + deploy(environment="${{ inputs.environment }}")
        ),
    )
    way = only(paths)
    assert way.pipeline.path == ".github/workflows/ci.yml"
    assert (way.target, way.environment) == ("production", "prod-eu")
    assert coverage_of(paths, way).holds
    assert way.text == "push main → test → ship → deploy"


def test_an_optional_job_of_a_called_workflow_that_may_be_skipped_is_no_gate(release: Make) -> None:
    test = TEST.replace("  test:\n", "  test:\n    if: inputs.full == 'yes'\n")
    paths = release(
        ci="on: {push: {branches: [main]}}\njobs:\n  checks:\n    uses: ./.github/workflows/checks.yml\n"
        "    with: {full: '${{ vars.FULL }}'}\n" + deploy("checks"),
        checks="on: {workflow_call: {inputs: {full: {type: string}}}}\njobs:"
        + test
        + "  other:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n",
    )
    assert not coverage_of(paths, only(paths)).holds


def test_each_choice_of_a_manual_start_is_a_way_of_its_own(release: Make) -> None:
    paths = release(
        ci="on: {workflow_dispatch: {inputs: {env: {type: choice, options: [staging, production]}}}}\njobs:\n"
        + deploy(environment="${{ inputs.env }}")
    )
    assert [(way.target, way.environment) for way in paths.deploys] == [("staging", "staging"), ("production", "production")]


def test_a_choice_that_names_several_environments_says_how_far_to_go(release: Make) -> None:
    start = "on:\n  workflow_dispatch:\n    inputs: {to: {type: choice, options: [dev, dev_and_prod]}}\njobs:\n"
    prod = deploy(name="deploy-prod", needs="deploy-dev", condition="inputs.to == 'dev_and_prod'", environment="")
    ways = release(d=start + deploy(name="deploy-dev", environment="") + prod).deploys
    assert [way.target for way in ways] == ["development", "development", "production"]


def test_a_free_text_environment_without_default_is_unknown(release: Make) -> None:
    paths = release(ci="on: {workflow_dispatch: {inputs: {env: {type: string}}}}\njobs:\n" + deploy(environment="${{ inputs.env }}"))
    assert only(paths).target == "unknown"


def test_a_matrix_over_environments_is_a_way_for_each(release: Make) -> None:
    job = deploy(environment="${{ matrix.env }}").replace("    steps:", "    strategy: {matrix: {env: [staging, production]}}\n    steps:")
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + job)
    staging, production = paths.deploys
    assert [staging.target, production.target] == ["staging", "production"]
    assert not staged(production, paths).holds


def test_a_sequential_matrix_that_stops_at_the_first_failure_orders_its_environments(release: Make) -> None:
    job = deploy(environment="${{ matrix.env }}").replace(
        "    steps:", "    strategy: {max-parallel: 1, matrix: {env: [staging, production]}}\n    steps:"
    )
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + job)
    assert staged(paths.deploys[1], paths).holds


CALLED = """on: {workflow_call: {inputs: {workspace: {type: string}, config: {type: string, default: ""}}}}
jobs:
  apply:
    runs-on: ubuntu-latest
    steps:
      - run: kubectl apply -f k8s/ -n ${{ inputs.workspace }}
"""


def test_what_a_caller_works_out_is_the_environment_that_its_name_says(release: Make) -> None:
    caller = """on: pull_request
jobs:
  name:
    runs-on: ubuntu-latest
    outputs: {it: "${{ steps.s.outputs.it }}"}
    steps: [{id: s, run: echo}]
  deploy-pr-env:
    needs: name
    uses: ./.github/workflows/called.yml
    with: {workspace: "${{ needs.name.outputs.it }}"}
"""
    assert [way.target for way in release(ci=caller, called=CALLED).deploys] == ["review"]


@pytest.mark.parametrize(
    ("environment", "job", "target"),
    [
        ("shop.example", "deploy-production", "production"),
        ("shop.example", "ship", "other"),
        ("demo", "deploy-production", "other"),
        ("staging", "deploy-production", "staging"),
    ],
)
def test_a_job_says_where_it_deploys_when_the_name_of_its_environment_does_not(
    release: Make, environment: str, job: str, target: str
) -> None:
    way = only(release(d="on: {push: {branches: [main]}}\njobs:\n" + deploy(name=job, environment=environment)))
    assert (way.target, way.environment) == (target, environment)


CHOICE = "${{ github.event_name == 'pull_request' && format('pr-{0}', github.event.number) || vars.STAGING_SLOT }}"


def test_what_is_left_of_a_choice_once_its_event_is_known_names_the_environment(release: Make) -> None:
    paths = release(d="on: {push: {branches: [main]}, pull_request: }\njobs:\n" + deploy(environment=CHOICE))
    assert [(way.entry.text, way.target, way.environment) for way in paths.deploys] == [
        ("push main", "staging", "${{ vars.STAGING_SLOT }}"),
        ("pull request", "review", "pr-${{ github.event.number }}"),
    ]


def test_a_file_of_settings_as_an_input_names_no_environment(release: Make) -> None:
    caller = """name: Pull Request Open
on: pull_request
jobs:
  deploy:
    uses: ./.github/workflows/called.yml
    with:
      config: |-
        window.localStorage.setItem("DEV_FLAGS", '{}');
"""
    called = CALLED.replace(" -n ${{ inputs.workspace }}", "")
    assert [way.target for way in release(ci=caller, called=called).deploys] == ["review"]


def test_command_lines_that_stand_in_a_matrix_are_read(release: Make) -> None:
    checks = """
  checks:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        kind: [lint, unit]
        include:
          - {kind: lint, command: ruff check .}
          - {kind: unit, command: docker compose exec -T web sh -c 'rspec spec'}
    steps:
      - uses: ./.github/actions/check
        with: {command: "${{ matrix.command }}"}
"""
    action = """
inputs: {command: {required: true}}
runs:
  using: composite
  steps: [{run: "${{ inputs.command }}", shell: bash}]
"""
    paths = release({".github/actions/check/action.yml": action}, ci="on: {push: {branches: [main]}}\njobs:" + checks + deploy("checks"))
    assert coverage_of(paths, only(paths)).holds


def test_a_deploy_without_any_environment_name_is_production_from_the_default_branch(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy(environment="").replace("-f k8s/", "-f app.yml"))
    assert only(paths).target == "production"


def test_a_deploy_without_any_environment_name_is_another_where_production_is_known(release: Make) -> None:
    paths = release(
        ci="on: {push: {branches: [main]}}\njobs:\n"
        + deploy(name="ship", environment="")
        + deploy(name="release-it", environment="production")
    )
    assert sorted(way.target for way in paths.deploys) == ["other", "production"]


def test_a_job_that_no_event_of_the_file_lets_run_is_no_way(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy("", "github.event_name == 'workflow_dispatch'"))
    assert paths.deploys == ()


@pytest.mark.parametrize(
    ("trigger", "environment", "by"),
    [
        ("{push: {branches: [main]}}", "production", "the environment production"),
        ("{push: {branches: [main]}}", "", ""),
        ("workflow_dispatch", "", "a person starts it"),
        ("{release: {types: [published]}}", "", "a person publishes the release"),
        ("{push: {tags: ['v*']}}", "", "a person publishes the release"),
        ("{schedule: [{cron: '0 4 * * *'}]}", "", ""),
    ],
)
def test_who_approves_a_production_deploy(release: Make, trigger: str, environment: str, by: str) -> None:
    paths = release(ci=f"on: {trigger}\njobs:\n" + deploy(environment=environment))
    assert approved(only(paths), paths) == by


def test_a_tag_that_a_pipeline_makes_is_nobodys_word(release: Make) -> None:
    paths = release(
        tag="on: {push: {branches: [main]}}\njobs:\n  tag:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npx semantic-release\n",
        deploy="on: {push: {tags: ['v*']}}\njobs:\n" + deploy(environment=""),
    )
    assert approved(only(paths), paths) == ""


def test_an_environment_on_a_job_before_the_deploy_asks_a_person(release: Make) -> None:
    ask = "  ask:\n    runs-on: ubuntu-latest\n    environment: approval\n    steps:\n      - run: echo\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + ask + deploy("ask", environment=""))
    assert approved(only(paths), paths) == "ask comes first"


def test_an_environment_on_a_job_after_the_deploy_comes_too_late(release: Make) -> None:
    tell = "  tell:\n    needs: deploy\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - run: echo\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy(environment="") + tell)
    assert approved(only(paths), paths) == ""


@pytest.mark.parametrize("condition", ["failure()", "always() && job.status == 'failure'"])
def test_a_step_on_failure_rolls_back(release: Make, condition: str) -> None:
    job = deploy() + f"      - if: {condition}\n        run: kubectl rollout undo deployment/shop\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + job)
    assert rolls_back(only(paths))


def test_a_job_on_failure_of_the_deploy_rolls_back(release: Make) -> None:
    back = "  back:\n    needs: deploy\n    if: failure()\n    runs-on: ubuntu-latest\n    steps:\n      - run: helm rollback shop\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy() + back)
    assert rolls_back(only(paths))


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("az webapp deployment slot swap -n shop --slot staging", "production"),
        ("az webapp deployment slot swap -n shop --slot dev --target-slot staging", "staging"),
        ("az webapp deployment slot swap -g shops -n shop-uat --slot next --target-slot production", "staging"),
        ("heroku pipelines:promote -a shop-staging", "production"),
    ],
)
def test_what_is_promoted_comes_from_where_it_ran(release: Make, command: str, target: str) -> None:
    paths = release(d="on: workflow_dispatch\njobs:\n" + job_of(command).replace("    environment: production\n", ""))
    way = only(paths)
    assert (way.target, staged(way, paths).holds) == (target, True)


@pytest.mark.parametrize("cluster", ["run: kind create cluster", "uses: helm/kind-action@v1", "uses: jupyterhub/action-k3s-helm@v4"])
def test_what_is_applied_to_a_cluster_of_the_job_s_own_is_no_deploy(release: Make, cluster: str) -> None:
    steps = f"      - {cluster}\n      - run: helm upgrade --install shop ./chart\n"
    assert release(t="on: pull_request\njobs:\n  e2e:\n    runs-on: ubuntu-latest\n    steps:\n" + steps).deploys == ()


def test_a_cluster_of_the_house_chosen_after_it_is_deployed_to(release: Make) -> None:
    paths = release(
        d="on: {push: {branches: [main]}}\njobs:\n"
        + job_of("kind create cluster", "aws eks update-kubeconfig --name prod", "helm upgrade --install shop ./chart")
    )
    assert only(paths).target == "production"


@pytest.mark.parametrize(("command", "undone"), [("cdk deploy", True), ("cdk deploy --no-rollback", False), ("sam deploy", True)])
def test_a_failed_update_of_a_stack_is_undone_unless_told_not_to_be(release: Make, command: str, undone: bool) -> None:
    assert rolls_back(only(release(d="on: {push: {branches: [main]}}\njobs:\n" + job_of(command)))) is undone


def test_a_roll_back_that_needs_the_deploy_to_succeed_does_not(release: Make) -> None:
    back = "  back:\n    needs: deploy\n    runs-on: ubuntu-latest\n    steps:\n      - run: helm rollback shop\n"
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy() + back)
    assert not rolls_back(only(paths))


@pytest.mark.parametrize("repository", ["", "--repo ${{ github.repository }}", "-R $GITHUB_REPOSITORY"])
def test_a_run_that_a_pipeline_starts_itself_on_another_branch_is_a_way(release: Make, repository: str) -> None:
    start = f"  start:\n    runs-on: x\n    steps:\n      - run: gh workflow run ci.yml {repository} --ref next\n"
    paths = release(ci=f"on: [workflow_dispatch]\njobs:\n{start}{deploy(condition=GITHUB_NOT_MAIN)}")
    assert only(paths).text == "manual on next → deploy"


@pytest.mark.parametrize("step", ["run: make ${{ matrix.task }}", "{run: make $TASK, env: {TASK: '${{ matrix.task }}'}}"])
def test_a_task_that_a_matrix_names_is_followed(release: Make, step: str) -> None:
    job = f"  check:\n    runs-on: x\n    strategy: {{matrix: {{task: [lint, test]}}}}\n    steps:\n      - {step}\n"
    paths = release({"Makefile": "lint:\n\truff check\ntest:\n\tpytest\n"}, ci=f"on: push\njobs:\n{job}{deploy(needs='check')}")
    assert coverage_of(paths, paths.deploys[0]).holds


@pytest.mark.parametrize(("command", "ways"), [("nix build", 0), ("nix flake check", 0), ("nix run .#x", 1)])
def test_what_only_builds_out_of_sight_lets_nothing_out(release: Make, command: str, ways: int) -> None:
    paths = release(ci=f"on: push\njobs:\n  build-image:\n    runs-on: x\n    steps:\n      - run: {command}\n")
    assert len({way.node.job.id for way in paths.publishes}) == ways


def test_a_cycle_of_needs_does_not_hang(release: Make) -> None:
    paths = release(ci="on: {push: {branches: [main]}}\njobs:\n" + deploy("other") + deploy("deploy", name="other"))
    assert len(paths.deploys) <= 2


def test_workflows_that_start_each_other_do_not_hang(release: Make) -> None:
    a = "name: A\non: {workflow_run: {workflows: [B]}}\njobs:\n" + deploy()
    b = "name: B\non: {workflow_run: {workflows: [A]}}\njobs:\n" + deploy()
    assert release(a=a, b=b).deploys == ()


def test_the_commit_handed_to_an_action_is_no_word_for_an_environment(release: Make) -> None:
    action = """
inputs: {version: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: aws lambda create-function --function-name shop-${{ inputs.version }} --code ImageUri=r/shop:1
"""
    steps = "    runs-on: x\n    steps:\n      - uses: ./.github/actions/bring\n        with: {version: '${{ github.sha }}'}\n"
    paths = release({".github/actions/bring/action.yml": action}, production="on: {push: {branches: [main]}}\njobs:\n  bring:\n" + steps)
    assert only(paths).target == "production"


@pytest.mark.parametrize(
    ("last", "count"),
    [
        ("      - run: terraform -chdir=stack destroy -target=module.task\n        if: always()\n", 0),
        ("      - run: terraform -chdir=stack destroy -target=module.task\n", 0),
        ("      - run: terraform -chdir=stack destroy -target=module.task\n        if: failure()\n", 1),
        ("      - run: terraform -chdir=stack destroy -target=module.other\n", 1),
        ("      - run: terraform -chdir=elsewhere destroy -target=module.task\n", 1),
        ("", 1),
    ],
)
def test_what_a_job_applies_and_destroys_again_is_not_deployed(release: Make, last: str, count: int) -> None:
    job = job_of("terraform -chdir=stack apply -auto-approve -target module.task -var image_tag=1")
    paths = release(ci="on: workflow_dispatch\njobs:\n" + job + last)
    assert len([way for way in paths.deploys for doing in way.doings if doing.role == "deploy"]) == count
