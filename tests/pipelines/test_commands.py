"""Which commands run behind the commands of a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_deploy.pipelines.commands import Follower, Invocation
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree


class Repository:
    """A repository made of files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(
        self,
        files: Mapping[str, str],
        script: str,
        *,
        directory: str = "",
        variables: Mapping[str, str] | None = None,
        errexit: bool = True,
    ) -> tuple[Invocation, ...]:
        """All invocations of a script in it."""
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        follower = Follower(Tree(self.root))
        return follower.invocations(Text(script, "ci.yml", 10), errexit=errexit, pipefail=False, directory=directory, variables=variables)

    def words(self, files: Mapping[str, str], script: str, *, directory: str = "", variables: Mapping[str, str] | None = None) -> list[str]:
        """What really runs, the runners left out."""
        found = self(files, script, directory=directory, variables=variables)
        return [" ".join(one.words) for one in found if not one.followed and one.words]


@pytest.fixture
def run(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def package(name: str = "", **scripts: str) -> str:
    return json.dumps({"name": name, "scripts": {key.replace("__", ":"): value for key, value in scripts.items()}}, indent=2)


# --- make ----------------------------------------------------------------------------------------------------------------

MAKEFILE = """\
PYTEST = pytest -q
include mk/more.mk
.PHONY: all test lint
all: test

test: lint | prepare
\t@echo testing
\t$(PYTEST) $(ARGS) \\
\t  tests
lint:
\t-ruff check .
prepare: ; mkdir -p out
deploy-%:
\tkubectl apply -f $*.yaml
nested:
\t$(MAKE) -C sub
"""


def test_make_runs_what_a_target_needs_before_its_recipe(run: Repository) -> None:
    files = {"Makefile": MAKEFILE, "mk/more.mk": "other:\n\tmypy src\n"}
    found = run(files, "make test ARGS=-x")
    assert [(one.words, one.followed) for one in found] == [
        (("make", "test", "ARGS=-x"), True),
        (("ruff", "check", "."), False),
        (("mkdir", "-p", "out"), False),
        (("echo", "testing"), False),
        (("pytest", "-q", "-x", "tests"), False),
    ]
    assert found[1].swallowed == "the `-` before the recipe's line"
    assert (found[4].swallowed, found[4].via) == ("", ("make test ARGS=-x",))
    assert (found[4].place.path, found[4].place.line, found[4].origin.line) == ("Makefile", 8, 10)
    assert run.words(files, "make other") == ["mypy src"]


def test_make_without_a_target_takes_the_first_one(run: Repository) -> None:
    assert run.words({"Makefile": MAKEFILE}, "make ARGS=") == run.words({"Makefile": MAKEFILE}, "make test ARGS=")


def test_make_knows_patterns_folders_and_itself(run: Repository) -> None:
    files = {"Makefile": MAKEFILE, "sub/Makefile": "x:\n\tgo test ./...\n"}
    assert run.words(files, "make deploy-staging") == ["kubectl apply -f staging.yaml"]
    (_, _, inner) = run(files, "make nested")
    assert (inner.words, inner.directory) == (("go", "test", "./..."), "sub")
    assert run.words(files, "make -f sub/Makefile x") == ["go test ./..."]


def test_targets_that_need_each_other_end(run: Repository) -> None:
    assert run.words({"Makefile": "a: b\n\tx\nb: a\n\ty\n\t$(MAKE) a\n"}, "make a") == ["y", "make a", "x"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", "docker build -t x ."), (" PUSH=1", "docker build --push -t x ."), (" LOAD=1", "docker build --load -t x .")],
)
def test_make_decides_what_depends_on_a_variable(run: Repository, given: str, expected: str) -> None:
    recipe = "\tdocker build $(if $(PUSH),--push,$(if ${LOAD},--load)) -t x .\n"
    (found,) = run.words({"Makefile": f"image:\n{recipe}"}, f"make image{given}")
    assert found.split() == expected.split()


def test_a_dry_run_of_make_runs_nothing(run: Repository) -> None:
    assert [one.followed for one in run({"Makefile": MAKEFILE}, "make -n test")] == [False]


def test_what_swallows_a_runner_swallows_what_it_runs(run: Repository) -> None:
    found = run({"Makefile": "test:\n\tpytest\n"}, "if [ -n $X ]; then make test || true; fi")
    inner = next(one for one in found if one.words == ("pytest",))
    assert (inner.swallowed, inner.conditional, inner.guards) == ("|| true", True, ("[ -n $X ]",))


# --- package.json ----------------------------------------------------------------------------------------------------------


def test_npm_scripts_run_with_their_pre_and_post_scripts_and_arguments(run: Repository) -> None:
    files = {"package.json": package(pretest="tsc", test="jest", posttest="echo ok")}
    assert run.words(files, "npm test -- --ci") == ["tsc", "jest --ci", "echo ok"]
    assert run.words(files, "npm t") == ["tsc", "jest", "echo ok"]
    assert run.words(files, "yarn test --ci") == ["tsc", "jest --ci", "echo ok"]


def test_a_script_stands_in_its_package_json(run: Repository) -> None:
    found = run({"package.json": '{\n\t"scripts": {\n\t\t"test": "a && \\"b\\" && jest"\n\t}\n}\n'}, "npm run test")
    assert (found[-1].words, found[-1].place.path, found[-1].place.line, found[-1].place.column) == (("jest",), "package.json", 3, 26)


def test_scripts_of_scripts_are_followed_and_ones_that_call_themselves_end(run: Repository) -> None:
    files = {"package.json": package(ci="npm run lint && npm run test", lint="eslint .", test="npm run test")}
    assert run.words(files, "npm run ci") == ["eslint .", "npm run test"]


def test_lifecycle_scripts_run_beside_an_install(run: Repository) -> None:
    assert run.words({"package.json": package(postinstall="patch-package")}, "npm ci") == ["npm ci", "patch-package"]


@pytest.mark.parametrize(
    "script",
    [
        "npm run test -w @x/web",
        "npm run test --workspace=apps/web",
        "npm --prefix apps/web test",
        "pnpm --filter @x/web test",
        "pnpm --filter './apps/*' run test",
        "pnpm -C apps/web test",
        "yarn workspace @x/web test",
        "yarn --cwd apps/web test",
        "bun run --filter @x/web test",
        "cd apps/web && npm test",
        "turbo run test --filter=@x/web",
        "npx turbo@2 test",
        "npx nx run-many -t test",
        "nx test @x/web",
        "lerna run test --scope @x/web",
        "yarn workspaces foreach -A run test",
        "pnpm -r test",
    ],
)
def test_packages_of_a_workspace_are_found(run: Repository, script: str) -> None:
    files = {
        "package.json": json.dumps({"workspaces": ["apps/*"]}),
        "apps/web/package.json": package("@x/web", test="jest"),
        "other/package.json": package("other", test="mocha"),
    }
    found = [one for one in run(files, script) if one.words == ("jest",)]
    assert [one.directory for one in found] == ["apps/web"]
    assert not any(one.words == ("mocha",) for one in run(files, script))


def test_turbo_runs_first_what_a_task_depends_on(run: Repository) -> None:
    files = {
        "package.json": json.dumps({"workspaces": ["packages/*"], "scripts": {"ci": "turbo run test:e2e"}}),
        "turbo.json": json.dumps({"tasks": {"test:e2e": {"dependsOn": ["^build"]}}}),
        "packages/a/package.json": package("a", build="tsc"),
        "packages/b/package.json": package("b", test__e2e="playwright test"),
    }
    assert run.words(files, "npm run ci") == ["tsc", "playwright test"]


def test_targets_of_nx_projects_run(run: Repository) -> None:
    project = {"name": "api", "targets": {"test": {"executor": "@nx/jest:jest"}, "go": {"command": "go build"}}}
    files = {"package.json": "{}", "nx.json": "{}", "apps/api/project.json": json.dumps(project)}
    assert run.words(files, "npx nx run api:test") == ["jest"]
    assert run.words(files, "nx affected -t go") == ["go build"]


def test_several_scripts_at_once(run: Repository) -> None:
    files = {"package.json": package(all="run-p test:*", test__a="jest", test__b="vitest", c='concurrently "npm:test:*" "tsc -w"')}
    assert run.words(files, "npm run all") == ["jest", "vitest"]
    assert run.words(files, "npm run c") == ["jest", "vitest", "tsc -w"]
    assert run.words(files, "npx npm-run-all test:a test:b") == ["jest", "vitest"]


def test_a_program_that_is_no_script_is_what_runs(run: Repository) -> None:
    assert run.words(
        {"package.json": package(test="jest")}, "yarn eslint .\npnpm exec tsc\nbunx biome ci\nnpx --yes -p x vitest@2 run"
    ) == [
        "eslint .",
        "tsc",
        "biome ci",
        "vitest run",
    ]


# --- other runners -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "inner"),
    [
        ("poetry run pytest -q", "pytest -q"),
        ("uv run --frozen --with x pytest", "pytest"),
        ("uv run -m pytest tests", "pytest tests"),
        ("pipenv run pytest", "pytest"),
        ("hatch run pytest", "pytest"),
        ("python -m pytest -q", "pytest -q"),
        ("bundle exec rspec", "rspec"),
        ("composer exec phpunit", "phpunit"),
        ("uvx ruff@0.9 check", "ruff check"),
        ("sudo -E poetry run python -m pytest", "pytest"),
        ("corepack pnpm install", "pnpm install"),
        ("python manage.py test", "python manage.py test"),
        ("mvn -B verify", "mvn -B verify"),
    ],
)
def test_what_only_starts_a_program_is_left_out(run: Repository, script: str, inner: str) -> None:
    assert run.words({}, script) == [inner]


def test_tox_runs_the_commands_of_its_environments(run: Repository) -> None:
    ini = """\
[tox]
envlist = py{311,312}, lint
[base]
deps = x
check = flake8 src
[testenv]
commands_pre = python -m pip list
commands =
    pytest {posargs:-q} \\
        tests
    py312: coverage report
[testenv:lint]
commands =
    - ruff check
    {[base]check}
"""
    assert run.words({"tox.ini": ini}, "tox -e lint") == ["pip list", "ruff check", "flake8 src"]
    assert run.words({"tox.ini": ini}, "python -m tox -e py312 -- -x") == ["pip list", "pytest -x tests", "coverage report"]
    found = run({"tox.ini": ini}, "tox")
    assert [(" ".join(one.words), one.place.line, one.swallowed) for one in found if not one.followed] == [
        ("pip list", 7, ""),
        ("pytest -q tests", 9, ""),
        ("coverage report", 11, ""),
        ("ruff check", 14, "the `-` before the command"),
        ("flake8 src", 15, ""),
    ]


def test_tox_reads_toml_too(run: Repository) -> None:
    text = (
        '[tool.tox]\nenv_list = ["a"]\n[tool.tox.env.a]\ncommands = [["pytest", {replace = "posargs", default = ["t"], extend = true}]]\n'
    )
    assert run.words({"pyproject.toml": text}, "tox -e a") == ["pytest t"]
    legacy = '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ncommands = pytest\n"""\n'
    assert run.words({"pyproject.toml": legacy}, "tox") == ["pytest"]


def test_nox_runs_what_its_sessions_say(run: Repository) -> None:
    noxfile = """\
import nox
nox.options.sessions = ["tests"]
def helper(session):
    session.run("mypy", "src")
@nox.session(python=["3.12"])
def tests(session):
    session.install(".")
    session.run("pytest", *session.posargs, f"--x={session.python}")
    helper(session)
    session.notify("lint")
@nox.session(name="lint", tags=["style"])
def check(session):
    session.run("ruff", "check")
"""
    assert run.words({"noxfile.py": noxfile}, "nox -- -q") == ["pytest -q --x=…", "mypy src", "ruff check"]
    assert run.words({"noxfile.py": noxfile}, "uv run nox -s lint tests-3.12")[0] == "ruff check"


def test_just_runs_recipes_and_what_they_need(run: Repository) -> None:
    justfile = """\
set shell := ["bash", "-euo", "pipefail", "-c"]
flags := "-q"
alias t := test

# the tests
test target="tests": lint
    @pytest {{flags}} {{ target }} | tee log
    -mypy

lint:
    ruff check

[private]
script:
    #!/usr/bin/env bash
    set -e
    for x in a b; do
      echo $x
    done
"""
    found = run({"justfile": justfile}, "just test unit")
    assert [(" ".join(one.words), one.swallowed) for one in found if not one.followed] == [
        ("ruff check", ""),
        ("pytest -q unit", ""),
        ("tee log", ""),
        ("mypy", "the `-` before the recipe's line"),
    ]
    assert run.words({"justfile": justfile}, "just t") == ["ruff check", "pytest -q tests", "tee log", "mypy"]
    assert run.words({"justfile": justfile}, "just script") == ["set -e", "echo $x"]


def test_task_runs_commands_dependencies_and_other_tasks(run: Repository) -> None:
    files = {
        "Taskfile.yml": "version: 3\nvars: {FLAGS: -q}\nincludes: {docs: ./docs}\ntasks:\n"
        "  test:\n    deps: [lint]\n    dir: app\n    cmds:\n      - pytest {{.FLAGS}} {{.CLI_ARGS}}\n      - task: docs:build\n"
        "  lint: {cmds: [{cmd: ruff check, ignore_error: true}]}\n",
        "docs/Taskfile.yml": "version: 3\ntasks:\n  build: mkdocs build\n",
    }
    found = [one for one in run(files, "task test -- -x") if not one.followed]
    assert [(" ".join(one.words), one.directory, one.swallowed) for one in found] == [
        ("ruff check", "", "ignore_error"),
        ("pytest -q -x", "app", ""),
        ("mkdocs build", "docs", ""),
    ]


def test_of_a_variable_that_begins_with_what_it_is_the_beginning_is_known(run: Repository) -> None:
    script = 'TASK="test:docker:${BACKEND}"\nif [ "$MODE" = box ]; then TASK="${TASK}:box"; fi\nrake "$TASK"\n'
    assert run.words({}, script)[-1] == "rake test:docker:${BACKEND}"
    assert run.words({}, "X=$(date)\nrun $X\n")[-1] == "run $X"
    assert run.words({}, "X=$Y-1\nrun $X\n")[-1] == "run $X"


def test_mise_runs_tasks_of_its_configuration_included_files_and_folders(run: Repository) -> None:
    files = {
        ".mise/config.toml": '[task_config]\nincludes = [".mise/more/*.toml"]\n[tasks]\nfmt = "ruff format --check"\n'
        '[tasks.all]\ndepends = ["api:types"]\nrun = ["mise run fmt", { task = "ci:unit" }]\n',
        ".mise/more/lint.toml": '["api:types"]\nalias = "t"\ndir = "{{config_root}}/api"\nrun = """\nmypy src\n"""\n',
        "mise-tasks/ci/unit": '#!/bin/sh\npytest -q "$@"\n',
    }
    found = [one for one in run(files, "mise run all") if not one.followed]
    assert [(" ".join(one.words), one.directory, one.place.path) for one in found] == [
        ("mypy src", "api", ".mise/more/lint.toml"),
        ("ruff format --check", "", ".mise/config.toml"),
        ("pytest -q", "", "mise-tasks/ci/unit"),
    ]
    assert run.words(files, "mise t --strict ::: fmt") == ["mypy src --strict", "ruff format --check"]
    assert run.words(files, "mise install") == ["mise install"]
    assert run.words(files, "mise run gone") == ["mise run gone"]


def test_deno_runs_tasks_of_its_configuration_and_else_of_the_package(run: Repository) -> None:
    files = {
        "deno.jsonc": '{\n  // all of them\n  "tasks": {\n'
        '    "test": {"command": "deno test", "dependencies": ["lint"]}, // with the linter\n'
        '    "lint": "cd web && deno lint",\n  },\n}\n',
        "package.json": package(build="vite build"),
    }
    found = [one for one in run(files, "deno task --quiet test -A") if not one.followed]
    assert [(" ".join(one.words), one.directory, one.place.line) for one in found] == [
        ("cd web", "", 5),
        ("deno lint", "web", 5),
        ("deno test -A", "", 4),
    ]
    assert run.words(files, "deno task build") == ["vite build"]
    assert run.words(files, "deno task gone") == ["deno task gone"]


def test_composer_scripts(run: Repository) -> None:
    scripts = {
        "test": ["@lint", "phpunit --colors", "@php artisan test"],
        "lint": "phpstan",
        "post-install-cmd": ["My\\Class::run", "npm ci"],
    }
    files = {"composer.json": json.dumps({"scripts": scripts})}
    assert run.words(files, "composer test") == ["phpstan", "phpunit --colors", "php artisan test"]
    assert run.words(files, "composer run-script test -- --x") == ["phpstan", "phpunit --colors --x", "php artisan test --x"]
    assert run.words(files, "composer install --no-dev") == ["composer install --no-dev", "npm ci"]


def test_rake_tasks(run: Repository) -> None:
    rakefile = """\
RSpec::Core::RakeTask.new(:spec)
namespace :ci do
  task verify: [:spec, "ci:lint"] do
    sh "brakeman -q"
    puts "sh nothing"
  end
  task(:lint) { sh 'rubocop' }
end
task default: "ci:verify"
"""
    assert run.words({"Rakefile": rakefile}, "bundle exec rake") == ["rspec", "rubocop", "brakeman -q"]
    assert run.words({"Rakefile": rakefile}, "rake db:migrate") == ["rake db:migrate"]


def test_pre_commit_runs_its_hooks(run: Repository) -> None:
    config = """\
repos:
- repo: https://github.com/astral-sh/ruff-pre-commit
  hooks:
  - id: ruff
    args: [--fix]
  - id: mypy
- repo: local
  hooks:
  - {id: tests, entry: make test, language: system}
  - {id: later, entry: x, language: system, stages: [manual]}
"""
    files = {".pre-commit-config.yaml": config, "Makefile": "test:\n\tpytest\n"}
    assert run.words(files, "pre-commit run --all-files") == ["ruff check --fix", "mypy", "pytest"]
    assert run.words(files, "SKIP=mypy,ruff pre-commit run -a") == ["pytest"]
    assert run.words(files, "uvx pre-commit run mypy") == ["mypy"]


def test_hk_runs_the_checks_of_its_steps(run: Repository) -> None:
    config = """\
import "package://x/Builtins.pkl"
hooks {
  ["check"] { steps {
    ["actionlint"] = Builtins.actionlint
    ["brakeman"] {
      check = "bin/brakeman --quiet"
    }
    ["rubocop"] {
      check = "rubocop {{ files }}"
      fix = "rubocop -A"
    }
  } }
}
"""
    assert run.words({"hk.pkl": config}, "hk check --all") == ["actionlint", "bin/brakeman --quiet", "rubocop {{ files }}"]
    assert run.words({"hk.pkl": config}, "hk install") == ["hk install"]


@pytest.mark.parametrize(
    ("text", "script", "inner"),
    [
        (
            '[tool.poe.tasks]\ntest = {cmd = "pytest -q"}\nall = ["test", "lint"]\nlint.shell = "ruff check"',
            "poe all",
            ["pytest -q", "ruff check"],
        ),
        ('[tool.poe.tasks]\ntest = "pytest"', "poetry run poe test -x", ["pytest -x"]),
        ('[tool.pdm.scripts]\ntest = "pytest"\nall = {composite = ["test", "mypy src"]}', "pdm run all", ["pytest", "mypy src"]),
        (
            '[tool.hatch.envs.ci.scripts]\ntest = ["cov {args:tests}", "- x"]\ncov = "pytest {args}"',
            "hatch run ci:test",
            ["pytest tests", "x"],
        ),
        ('[tool.rye.scripts]\ntest = "pytest"', "rye run test", ["pytest"]),
        ('[tool.taskipy.tasks]\ntest = "pytest"', "task test", ["pytest"]),
    ],
)
def test_tasks_of_pyproject(run: Repository, text: str, script: str, inner: list[str]) -> None:
    assert run.words({"pyproject.toml": text}, script) == inner


def test_tasks_of_pipenv_and_invoke(run: Repository) -> None:
    tasks = '@task\ndef lint(c):\n    c.run("ruff check", warn=True)\n@task(lint)\ndef run_tests(c):\n    c.run("pytest -q")\n'
    files = {"Pipfile": '[scripts]\ntest = "pytest"\n', "tasks.py": tasks}
    assert run.words(files, "pipenv run test") == ["pytest"]
    assert [(one.words[0], one.swallowed) for one in run(files, "inv run-tests")[1:]] == [("ruff", "warn=True"), ("pytest", "")]


# --- scripts and containers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "bash ci/test.sh",
        "./ci/test.sh",
        "sh -x ci/test.sh",
        "cd ci && ./test.sh",
        "$GITHUB_WORKSPACE/ci/test.sh",
        "ci/plain",
        ". ci/test.sh",
    ],
)
def test_scripts_in_the_repository_are_read(run: Repository, script: str) -> None:
    files = {"ci/test.sh": "set -e\npytest\necho done\n", "ci/plain": "#!/bin/sh -e\npytest\necho done\n", "ci/other.py": "pytest\n"}
    (found,) = [one for one in run(files, script) if one.words == ("pytest",)]
    assert (found.place.line, found.swallowed) == (2, "")
    assert found.place.path.startswith("ci/")


def test_a_script_without_errexit_swallows_what_it_does_not_end_with(run: Repository) -> None:
    files = {"test.sh": "#!/bin/bash\npytest\necho done\n"}
    found = run(files, "./test.sh")
    assert found[1].swallowed == "not the last command, without set -e"
    assert run(files, "bash -e test.sh")[1].swallowed == ""
    assert run(files, "source test.sh")[1].swallowed == ""


def test_a_script_in_another_language_is_not_read_as_shell(run: Repository) -> None:
    assert run.words({"x.sh": "#!/usr/bin/env python3\npytest\n"}, "./x.sh") == ["./x.sh"]


def test_arguments_and_variables_are_put_in(run: Repository) -> None:
    files = {"d.sh": 'ENV=$1\nhelm upgrade -f "values-${ENV}.yaml" $TAG ${X:-y} $2 "$@"\n'}
    assert run.words(files, "./d.sh prod", variables={"TAG": "v1"}) == ["helm upgrade -f values-prod.yaml v1 ${X:-y} $2 prod"]


def test_a_variable_that_a_branch_sets_is_not_known(run: Repository) -> None:
    assert run.words({}, "E=dev\nif x; then E=prod; fi\ndeploy $E", variables={"E": "a"}) == ["x", "deploy $E"]


def test_a_sourced_script_sets_variables(run: Repository) -> None:
    assert run.words({"env.sh": "export REGION=eu\n"}, ". ./env.sh\ndeploy $REGION")[-1] == "deploy eu"


GO = """\
#!/bin/bash
set -e
cmd=$1
case "$cmd" in
  test|t) pytest ;;
  l*) ruff check . ;;
  deploy) kubectl apply -f k8s ;;
  *) echo usage ;;
esac
if [ "$2" = now ]; then notify; fi
"""


def test_of_a_case_over_an_argument_the_branch_that_is_asked_for_runs(run: Repository) -> None:
    def runs(script: str) -> dict[str, bool]:
        programs = [one for one in run({"go": GO}, script) if one.words and not one.followed and one.words[0] not in ("set", "[")]
        return {one.words[0]: one.conditional for one in programs}

    assert runs("./go t now") == {"pytest": False, "notify": False}
    assert runs("./go deploy later") == {"kubectl": False}
    # A pattern holds for what no arm before it takes, and the arms of which nothing is known stay open.
    assert runs("./go lint") == {"ruff": True, "echo": True, "notify": True}
    assert runs("./go $X") == {"pytest": True, "ruff": True, "kubectl": True, "echo": True, "notify": True}


def test_a_case_over_options_that_a_loop_shifts_stays_open(run: Repository) -> None:
    script = """\
while [ $# -gt 0 ]; do
  case "$1" in
    --fast) shift ;;
    test) pytest; shift ;;
  esac
done
"""
    (found,) = [one for one in run({"go.sh": script}, "./go.sh --fast test") if one.words and one.words[0] == "pytest"]
    assert found.conditional


def test_shift_moves_the_arguments(run: Repository) -> None:
    assert "pytest -q" in run.words({"go.sh": 'shift\ncase $1 in unit) shift; pytest "$@" ;; lint) ruff ;; esac\n'}, "./go.sh run unit -q")


TOOL = """\
root=$(cd "$(dirname "$0")" && pwd)
for each in "$root"/scripts/_*.sh; do
  source $each
done
function tool() {
  local command=$1
  local args=(${@:2})
  case $command in
    "tests") _tests $args ;;
    "deploy") kubectl apply -f k8s ;;
  esac
}
echo loaded
"""
TESTS = """\
_tests() {
  local verb=$1
  case $verb in
    unit) pytest tests/unit ;;
    all) tool tests unit ;;
  esac
}
"""


def test_functions_of_sourced_scripts_run_where_they_are_called(run: Repository) -> None:
    files = {"tool.sh": TOOL, "scripts/_tests.sh": TESTS, "scripts/other.sh": "_tests() { true; }\n"}
    for script in ("source tool.sh\ntool tests unit", ". ./tool.sh\ntool tests all"):
        found = run(files, script)
        (test,) = [one for one in found if one.words and one.words[0] == "pytest"]
        assert (test.words, test.conditional, test.swallowed) == (("pytest", "tests/unit"), False, "")
        assert (test.place.path, test.place.line, test.origin.line) == ("scripts/_tests.sh", 4, 11)
        assert [one.words for one in found if one.words and one.words[0] in ("kubectl", "echo")] == [("echo", "loaded")]
    assert "pytest tests/unit" not in run.words(files, "source tool.sh\nsource scripts/other.sh\ntool tests unit")


def test_a_directory_that_a_subshell_changes_is_left_again(run: Repository) -> None:
    found = run({"a/package.json": package(test="jest"), "package.json": package(test="mocha")}, "(cd a && npm test)\nnpm test")
    assert [(one.words[0], one.directory) for one in found if not one.followed and one.words[0] != "cd"] == [("jest", "a"), ("mocha", "")]


def test_a_script_beside_its_caller_is_found(run: Repository) -> None:
    files = {
        "ci/all.sh": 'DIR=$(dirname "$0")\n"$DIR/test.sh"\n"$(dirname "$0")"/lint.sh',
        "ci/test.sh": "pytest",
        "ci/lint.sh": "ruff check",
    }
    assert {"pytest", "ruff check"} <= set(run.words(files, "bash ci/all.sh"))


def test_commands_in_containers(run: Repository) -> None:
    files = {
        "compose.yml": "services:\n  web:\n    build: ./app\n    command: [./serve.sh]\n  sut:\n    image: x\n    command: make test\n",
        "app/t.sh": "pytest\n",
        "Makefile": "test:\n\tjest\n",
    }
    assert run.words(files, "docker compose run --rm -e A=b web bash t.sh") == ["pytest"]
    assert run.words(files, "docker-compose -f compose.yml run sut") == ["jest"]
    assert run.words(files, "docker compose up --exit-code-from sut") == ["docker compose up --exit-code-from sut", "jest"]
    assert run.words(files, "docker run --rm -v $PWD:/x image make test") == ["docker run --rm -v $PWD:/x image make test", "jest"]
    assert run.words(files, "docker run image") == ["docker run image"]


def test_what_a_container_is_asked_to_do_in_a_shell(run: Repository) -> None:
    found = run({}, "docker compose run web sh -c 'set -e; pytest; echo done'")
    assert [one.words for one in found if not one.followed] == [("set", "-e"), ("pytest",), ("echo", "done")]
    assert found[2].swallowed == ""


def test_scripts_that_call_each_other_end(run: Repository) -> None:
    files = {"a.sh": "./b.sh\n", "b.sh": "./a.sh\npytest\n"}
    assert "pytest" in run.words(files, "./a.sh")


def test_very_many_commands_are_cut_off(run: Repository) -> None:
    files = {f"s{index}.sh": f"./s{index + 1}.sh 1\n./s{index + 1}.sh 2\n./s{index + 1}.sh 3\n" for index in range(11)}
    assert len(run(files, "./s0.sh")) <= 3001


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="ab:=\n\t $({})@-%\\.;|&\"'[]#,é", max_size=80),
    st.sampled_from(
        (
            "Makefile",
            "justfile",
            "tox.ini",
            "package.json",
            "composer.json",
            "Taskfile.yml",
            "noxfile.py",
            "pyproject.toml",
            "Rakefile",
            "x.sh",
        )
    ),
)
def test_no_file_is_too_strange(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    root = tmp_path_factory.mktemp("r")
    (root / name).write_text(text, encoding="utf-8")
    script = "make a\njust a\ntox\nnpm run a\nnpm ci\ncomposer a\ntask a\nnox\npoe a\nrake a\n./x.sh"
    follower = Follower(Tree(root))
    assert follower.invocations(Text(script, "ci.yml"), errexit=True, pipefail=False)


# --- releases ------------------------------------------------------------------------------------------------------------

GORELEASER = """\
before:
  hooks:
    - go mod tidy
    - cmd: go test ./...
      dir: server
dockers:
  - image_templates: ["acme/app:{{ .Tag }}", acme/app:latest]
    dockerfile: docker/Dockerfile
  - image_templates: [acme/tool:latest]
    skip_push: true
dockers_v2:
  - images: [ghcr.io/acme/app]
    tags: ["{{ .Version }}"]
"""
BUILT = [
    "docker build -f docker/Dockerfile -t acme/app:{{.Tag}} -t acme/app:latest $GORELEASER_CONTEXT",
    "docker build -f Dockerfile -t acme/tool:latest $GORELEASER_CONTEXT",
    "docker build -f Dockerfile -t ghcr.io/acme/app:{{.Version}} $GORELEASER_CONTEXT",
]
PUSHED = ["docker push acme/app:{{.Tag}}", "docker push acme/app:latest", "docker push ghcr.io/acme/app:{{.Version}}"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "goreleaser release --clean",
            ["go mod tidy", "go test ./...", *BUILT, *PUSHED, "goreleaser release --clean"],
        ),
        ("goreleaser release --snapshot", ["go mod tidy", "go test ./...", *BUILT, "goreleaser release --snapshot"]),
        ("goreleaser release --skip=docker,before", ["goreleaser release --skip=docker,before"]),
        ("goreleaser build", ["go mod tidy", "go test ./...", "goreleaser build"]),
        ("goreleaser check", ["goreleaser check"]),
    ],
)
def test_goreleaser_runs_its_hooks_and_builds_images_before_it_publishes(run: Repository, command: str, expected: list[str]) -> None:
    assert run.words({".goreleaser.yml": GORELEASER}, command) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm publish", ["jest", "tsc", "npm publish"]),
        ("npm publish --ignore-scripts", ["npm publish --ignore-scripts"]),
        ("npm publish dist", ["npm publish dist"]),
        ("pnpm publish --no-git-checks", ["jest", "tsc", "pnpm publish --no-git-checks"]),
        ("npm run publish", ["npm run publish"]),
    ],
)
def test_nothing_is_published_before_the_scripts_for_it(run: Repository, command: str, expected: list[str]) -> None:
    files = {"package.json": '{"scripts": {"prepack": "tsc", "prepublishOnly": "npm test", "test": "jest", "postpublish": "echo"}}'}
    assert run.words(files, command) == expected


# --- Ruby ----------------------------------------------------------------------------------------------------------------

RUBY = "#!/usr/bin/env ruby\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('n = ENV["N"].to_i\nexec "bundle exec parallel_test ./spec -n #{n * 2}"\n', ["parallel_test ./spec -n $VALUE"]),
        ('system!("bin/rspec", "spec/a b")\n', ["bin/rspec spec/a b"]),
        ("system 'rspec' or abort\n", ["rspec"]),
        ("system 'rspec'\n# exec 'rubocop'\nputs \"exec 'rubocop'\".size\n", ["./bin/check"]),
        ('load Gem.bin_path("rspec-core", "rspec")\n', ["./bin/check"]),
        ('require_relative "../config/ci.rb"\n', ["bin/setup --skip-server", "rails test"]),
    ],
)
def test_commands_that_a_ruby_script_starts_are_followed(run: Repository, text: str, expected: list[str]) -> None:
    steps = 'CI.run do\n  step "Setup", "bin/setup --skip-server"\n  step "Tests: Rails", "bundle exec rails test"\nend\n'
    assert run.words({"bin/check": RUBY + text, "config/ci.rb": steps}, "./bin/check") == expected


def test_a_command_of_a_ruby_script_stands_in_its_line(run: Repository) -> None:
    found = run({"ci.rb": "x = 1\nexec 'rspec'\n"}, "ruby ci.rb")
    assert [(one.words, one.place.path, one.place.line) for one in found if not one.followed] == [(("rspec",), "ci.rb", 2)]
