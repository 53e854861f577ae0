"""Images: which Dockerfiles there are, what builds from them, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.artifacts.compose import read_all
from pytest_deploy.images import Images
from pytest_deploy.pipelines.acts import Act, Role
from pytest_deploy.pipelines.image_evidence import Evidence
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree

_PLACE = Place(".github/workflows/ci.yml", 5)
_FILE = "FROM python:3.13 AS builder\nFROM python:3.13 AS dev\nFROM python:3.13 AS final\n"


def act(role: Role, text: str = "", *, images: tuple[str, ...] = (), job: str = "job", **details: str) -> Evidence:
    return Evidence(Act(role, _PLACE, text, tuple(text.split()), images=images, details=details), job)


def images(folder: Path, files: dict[str, str], *evidence: Evidence, settings: Settings | None = None) -> Images:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text or _FILE, encoding="utf-8")
    tree = Tree(folder)
    return Images(tree, settings or Settings(), read_all(tree), evidence)


def stages(found: Images, path: str) -> list[str]:
    return [stage.name for stage in found.built_stages(found.dockerfiles[path])]


PUBLISHED = act("image-build", "docker build -t example/other other --push", job="other")
"""Something else is seen to be published, so that the release is in sight."""


# --- which there are -----------------------------------------------------------------------------------------------


def test_dockerfiles_are_found_by_name_and_where_a_pipeline_compose_file_or_script_names_them(tmp_path: Path) -> None:
    found = images(
        tmp_path,
        {
            "Dockerfile": "",
            "web.Dockerfile": "",
            "Dockerfile.dockerignore": "x\n",
            "docker/app.txt": "",
            "docker/worker": "",
            "docker/script": "",
            "docker/missing.md": "x\n",
            "compose.yml": "services: {w: {build: {context: ., dockerfile: docker/worker}}}\n",
            "build.sh": "#!/bin/sh\n# docker build -f docker/missing.md .\ndocker build \\\n  -f docker/script \\\n  .\n",
        },
        act("image-build", "docker build -f docker/app.txt -t x ."),
    )
    assert sorted(found.dockerfiles) == ["Dockerfile", "docker/app.txt", "docker/script", "docker/worker", "web.Dockerfile"]


# --- who builds, and what becomes of it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "evidence",
    [
        [act("image-build", "docker build -t o/app:1 . --push")],
        [act("image-build", "docker buildx build --tag=o/app:1 --output type=registry .")],
        [act("image-build", "docker/build-push-action", images=("o/app:1",), context=".", push="${{ github.event_name == 'push' }}")],
        [act("image-build", "docker build -t o/app:$SHA .", job="a"), act("image-push", "docker push o/app:latest", job="b")],
        [act("image-build", "docker build -t $IMAGE:$SHA ."), act("image-push", "docker push $IMAGE:$SHA")],
        [act("image-build", "docker build -t $IMAGE ."), act("image-push", "docker push $OTHER")],
        [act("image-build", "/kaniko/executor --context dir://. --dockerfile Dockerfile --destination o/app:1")],
        [
            act("image-build", "docker build -t o/app .", job="a"),
            act("deploy", "kubectl set image deploy/a a=o/app:2", images=("o/app:2",), job="b"),
        ],
    ],
)
def test_an_image_is_released_when_it_is_pushed_or_deployed_under_its_name(tmp_path: Path, evidence: list[Evidence]) -> None:
    found = images(tmp_path, {"Dockerfile": ""}, *evidence)
    assert found.released("Dockerfile")
    assert found.contexts("Dockerfile") == ("",)


@pytest.mark.parametrize(
    "evidence",
    [
        [act("image-build", "docker build -t o/app .")],
        [act("image-build", "docker/build-push-action", context=".", push="false")],
        [act("image-build", "docker build -t o/app ."), act("image-push", "docker push o/other")],
    ],
)
def test_an_image_that_a_pipeline_only_builds_is_for_ci(tmp_path: Path, evidence: list[Evidence]) -> None:
    found = images(tmp_path, {"Dockerfile": "", "other/Dockerfile": ""}, *evidence, PUBLISHED)
    assert not found.released("Dockerfile")
    assert found.development("Dockerfile")
    assert not found.development("other/Dockerfile")


def test_the_script_that_a_pipeline_runs_to_build_for_itself_builds_for_ci(tmp_path: Path) -> None:
    files = {"Dockerfile": "", "other/Dockerfile": "", "Makefile": "deb:\n\tdocker build -t deb-builder .\n"}
    assert images(tmp_path, files, act("image-build", "docker build -t deb-builder ."), PUBLISHED).development("Dockerfile")
    assert not images(tmp_path, files, PUBLISHED).development("Dockerfile")


def test_where_no_release_is_in_sight_a_build_in_development_proves_nothing(tmp_path: Path) -> None:
    found = images(tmp_path, {"Dockerfile": "", "compose.yml": "services: {w: {build: .}}\n"})
    assert not found.development("Dockerfile")


def test_a_variable_in_the_path_means_every_file_that_fits(tmp_path: Path) -> None:
    build = act("image-build", "docker build -f services/$NAME/Dockerfile -t r/$NAME --push .")
    found = images(tmp_path, {"services/a/Dockerfile": "", "services/b/Dockerfile": "", "tools/Dockerfile": ""}, build)
    assert [path for path in found.dockerfiles if found.released(path)] == ["services/a/Dockerfile", "services/b/Dockerfile"]


def test_a_path_that_is_all_variable_means_none(tmp_path: Path) -> None:
    builds = [act("image-build", f"docker build {options} -t x --push") for options in ("-f ${{ inputs.file }} .", "$CONTEXT")]
    assert images(tmp_path, {"Dockerfile": "", "README.md": "x\n"}, *builds).builds == ()


def test_a_command_runs_in_its_folder(tmp_path: Path) -> None:
    found = images(tmp_path, {"web/Dockerfile": ""}, act("image-build", "docker build -t o/web --push .", directory="web"))
    assert (found.released("web/Dockerfile"), found.contexts("web/Dockerfile")) == (True, ("web",))


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"fly.toml": '[build]\n  dockerfile = "Dockerfile.web"\n'}, "Dockerfile.web"),
        ({"render.yaml": "services:\n- type: web\n  dockerfilePath: ./app/Dockerfile\n"}, "app/Dockerfile"),
        ({"heroku.yml": "build:\n  docker:\n    web: Dockerfile\n"}, "Dockerfile"),
    ],
)
def test_a_platform_builds_and_runs_the_dockerfile_that_its_file_names(tmp_path: Path, files: dict[str, str], name: str) -> None:
    found = images(tmp_path, {**files, name: ""})
    assert found.released(name)


def test_fly_deploy_builds_the_dockerfile_of_its_folder(tmp_path: Path) -> None:
    found = images(tmp_path, {"api/Dockerfile": ""}, act("deploy", "flyctl deploy --remote-only", directory="api"))
    assert found.released("api/Dockerfile")


# --- development and tests --------------------------------------------------------------------------------------------


def test_a_name_makes_a_dockerfile_one_for_development_unless_it_is_published(tmp_path: Path) -> None:
    build = act("image-build", "docker build -f dev/Dockerfile -t o/dev --push .")
    found = images(tmp_path, {"dev/Dockerfile": "", "e2e/Dockerfile": "", "Dockerfile.test": "", "Dockerfile": ""}, build)
    assert {path: one.development for path, one in found.dockerfiles.items()} == {
        "Dockerfile": False,
        "Dockerfile.test": True,
        "dev/Dockerfile": False,
        "e2e/Dockerfile": True,
    }
    assert [path for path in found.dockerfiles if found.only_tests(path)] == ["Dockerfile.test", "e2e/Dockerfile"]


def test_what_only_a_development_compose_file_builds_is_for_development(tmp_path: Path) -> None:
    files = {"seed/Dockerfile": "", "other/Dockerfile": "", "compose.yml": "services: {seed: {build: seed, restart: 'no'}}\n"}
    found = images(tmp_path, files, PUBLISHED)
    assert found.development("seed/Dockerfile")
    assert found.runs_once("seed/Dockerfile")
    assert not found.runs_once("other/Dockerfile")


# --- stages ------------------------------------------------------------------------------------------------------------


def test_the_last_stage_is_built_where_nothing_says_otherwise(tmp_path: Path) -> None:
    compose = "services: {w: {build: {context: ., target: dev}}}\n"
    assert stages(images(tmp_path, {"Dockerfile": "", "compose.yml": compose}), "Dockerfile") == ["final"]


def test_the_published_target_is_built_and_one_for_tests_or_a_cache_is_not(tmp_path: Path) -> None:
    file = "FROM a:1 AS test\nFROM a:1 AS builder\nFROM a:1 AS web\nFROM a:1 AS worker\nFROM a:1 AS last\n"
    builds = [
        act("image-build", f"docker build --target {target} -t o/{target} --push .") for target in ("test", "builder", "web", "worker")
    ]
    assert stages(images(tmp_path, {"Dockerfile": file}, *builds), "Dockerfile") == ["web", "worker"]


def test_a_stage_that_starts_nothing_and_hands_its_files_to_another_is_pushed_for_that_one(tmp_path: Path) -> None:
    file = 'FROM a:1 AS docs\n{}FROM a:1 AS web\nCOPY --from=docs /public /public\nCMD ["web"]\n'
    builds = [act("image-build", f"docker build --target {target} -t o/{target} --push .") for target in ("docs", "web")]
    assert stages(images(tmp_path, {"Dockerfile": file.format("")}, *builds), "Dockerfile") == ["web"]
    assert stages(images(tmp_path, {"Dockerfile": file.format('CMD ["docs"]\n')}, *builds), "Dockerfile") == ["docs", "web"]


# --- compose files -----------------------------------------------------------------------------------------------------


def test_a_compose_file_is_for_production_when_a_deploy_uses_it(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "",
        "compose.yml": "services: {w: {build: .}}\n",
        "compose.deploy.yml": "services: {}\n",
        "compose.ci.yml": "services: {}\n",
    }
    found = images(tmp_path, files, act("deploy", "docker compose -f compose.yml -f compose.deploy.yml up -d"))
    assert [path for path in sorted(files) if found.production(path)] == ["compose.deploy.yml", "compose.yml"]
    assert found.released("Dockerfile")


def test_a_compose_file_is_for_production_by_name_settings_or_the_published_image_that_it_runs(tmp_path: Path) -> None:
    own = "services: {w: {image: 'o/app:1'}}\n"
    files = {
        "Dockerfile": "",
        "a/compose.prod.yml": "services: {w: {build: ..}}\n",
        "b/compose.yml": own,
        "c/compose.yml": "services: {w: {image: 'o/app:1', volumes: ['./src:/src']}}\n",
        "d/compose.test.yml": own,
        "e/compose.yml": "services: {w: {image: redis}}\n",
        "f/compose.yml": "services: {w: {image: redis}}\n",
    }
    build = act("image-build", "docker build -t ghcr.io/o/app:1 --push .")
    found = images(tmp_path, files, build, settings=Settings(compose_production=("f/*",)))
    assert [path for path in sorted(found.composes) if found.production(path)] == ["a/compose.prod.yml", "b/compose.yml", "f/compose.yml"]


# --- own images --------------------------------------------------------------------------------------------------------


def test_images_of_the_repository_are_known_by_their_names(tmp_path: Path) -> None:
    found = images(
        tmp_path,
        {"Dockerfile": "", "build.sh": 'docker build -t "o/tool:$(git rev-parse HEAD)" .\n'},
        act("image-push", "docker push registry.example.org:5000/o/app:$TAG"),
    )
    assert found.owns("o/app:latest")
    assert found.owns("docker.io/o/tool")
    assert not found.owns("o/other")
    assert found.builder("o/tool:2") == "Dockerfile"


# --- health checks -----------------------------------------------------------------------------------------------------

_DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n"
    "      - image: IMAGE\n        livenessProbe: {httpGet: {path: /, port: 80}}\n"
)
_BUILD = act("image-build", "docker build -t o/app:1 --push .")


@pytest.mark.parametrize(
    ("files", "path", "line"),
    [
        ({"compose.yml": "services:\n  w:\n    build: .\n    healthcheck: {test: [CMD, x]}\n"}, "compose.yml", 4),
        ({"p/compose.yml": "services:\n  w:\n    image: o/app:1\n    healthcheck: {test: [CMD, x]}\n"}, "p/compose.yml", 4),
        (
            {
                "compose.yml": "services: {w: {build: .}}\n",
                "compose.override.yml": "services:\n  w:\n    healthcheck: {test: [CMD, x]}\n",
            },
            "compose.override.yml",
            3,
        ),
        ({"k8s/web.yaml": _DEPLOYMENT.replace("IMAGE", "registry.example.org/o/app:1")}, "k8s/web.yaml", 9),
        ({"k8s/web.yaml": _DEPLOYMENT.replace("IMAGE", "${IMAGE}")}, "k8s/web.yaml", 9),
        ({"c/Chart.yaml": "name: c\n", "c/templates/web.yaml": "containers:\n  - livenessProbe:\n"}, "c/templates/web.yaml", 2),
        ({"main.tf": 'resource "azurerm_linux_web_app" "w" {\n  site_config {\n    health_check_path = "/h"\n'}, "main.tf", 3),
        ({"fly.toml": "[http_service]\n[[http_service.checks]]\n"}, "fly.toml", 2),
        ({"ecs/task.json": '{"containerDefinitions": [{\n"healthCheck": {"command": []}}]}\n'}, "ecs/task.json", 2),
    ],
)
def test_a_health_check_may_stand_where_the_image_runs(tmp_path: Path, files: dict[str, str], path: str, line: int) -> None:
    place = images(tmp_path, {"Dockerfile": "", **files}, _BUILD).healthcheck("Dockerfile")
    assert place is not None
    assert (place.path, place.line) == (path, line)


@pytest.mark.parametrize(
    "files",
    [
        {"compose.yml": "services: {w: {build: .}, db: {image: postgres, healthcheck: {test: x}}}\n"},
        {"compose.yml": "services: {w: {build: ., healthcheck: {disable: true}}}\n"},
        {"k8s/web.yaml": _DEPLOYMENT.replace("IMAGE", "nginx:1")},
        {"k8s/web.yaml": _DEPLOYMENT.replace("IMAGE", "${IMAGE}"), "b/Dockerfile": ""},
    ],
)
def test_the_health_check_of_another_image_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert images(tmp_path, {"Dockerfile": "", **files}, _BUILD).healthcheck("Dockerfile") is None


def test_contexts_are_those_of_what_is_released_else_all_else_the_own_folder(tmp_path: Path) -> None:
    files = {
        "a/Dockerfile": "",
        "b/Dockerfile": "",
        "compose.yml": "services: {w: {build: a}, v: {build: {context: ., dockerfile: a/Dockerfile}}}\n",
    }
    assert images(tmp_path, files).contexts("a/Dockerfile") == ("", "a")
    assert images(tmp_path, files).contexts("b/Dockerfile") == ("b",)
    released = images(tmp_path, files, act("image-build", "docker build -f a/Dockerfile -t x --push ."))
    assert released.contexts("a/Dockerfile") == ("",)


def test_a_piece_that_dockerfiles_are_put_together_from_is_none(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM a:1\n", "Dockerfile.metadata": "ARG A\nLABEL a=$A\n", "sub/Dockerfile": "RUN x\n", "Dockerfile.empty": ""}
    assert set(images(tmp_path, files).dockerfiles) == {"Dockerfile", "sub/Dockerfile", "Dockerfile.empty"}


def test_the_health_check_of_a_load_balancer_belongs_to_the_image_whose_folder_its_module_names(tmp_path: Path) -> None:
    check = 'resource "aws_lb_target_group" "it" {\n  health_check {\n    path = "/"\n  }\n}\n'
    files = {"web/Dockerfile": "", "jobs/Dockerfile": "", "terraform/modules/web_service/lb.tf": check}
    found = images(tmp_path, files)
    place = found.healthcheck("web/Dockerfile")
    assert place is not None
    assert (place.path, place.line) == ("terraform/modules/web_service/lb.tf", 2)
    assert found.healthcheck("jobs/Dockerfile") is None


def test_an_image_is_that_of_a_function_where_functions_are_images_and_it_is_called_one(tmp_path: Path) -> None:
    function = {"main.tf": 'resource "aws_lambda_function" "f" {\n  package_type = "Image"\n}\n'}
    files = {"lambda/Dockerfile": "", "web/Dockerfile": ""}
    found = images(tmp_path, {**files, **function})
    assert found.is_function("lambda/Dockerfile")
    assert not found.is_function("web/Dockerfile")


def test_an_image_is_that_of_a_function_that_is_deployed_from_it_or_whose_extension_it_holds(tmp_path: Path) -> None:
    adapter = "FROM a:1\nCOPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:0.9.0 /lambda-adapter /opt/extensions/lambda-adapter\n"
    build = act("image-build", "docker build -t o/app:1 .")
    deploy = act("deploy", "aws lambda update-function-code", images=("o/app:1",), platform="lambda")
    found = images(tmp_path, {"Dockerfile": "", "web/Dockerfile": adapter}, build, deploy)
    assert found.is_function("Dockerfile")
    assert found.is_function("web/Dockerfile")
    assert not images(tmp_path, {"Dockerfile": ""}, build).is_function("Dockerfile")


def test_a_folder_called_lambda_alone_makes_no_function(tmp_path: Path) -> None:
    assert not images(tmp_path, {"lambda/Dockerfile": "", "main.tf": ""}).is_function("lambda/Dockerfile")


# --- jobs out of sight --------------------------------------------------------------------------------------------------


def unseen(folder: Path, job: str) -> Images:
    for path in ("Dockerfile", "api/Dockerfile"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(_FILE, encoding="utf-8")
    workflow = folder / ".github/workflows/release.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(f"on: push\njobs:\n{job}", encoding="utf-8")
    return Repository(folder).images


def test_a_remote_workflow_that_is_given_a_context_builds_and_publishes(tmp_path: Path) -> None:
    found = unseen(
        tmp_path, "  a:\n    uses: o/r/.github/workflows/docker-build.yml@v1\n    with: {context: api, target: dev, image-names: o/api}\n"
    )
    assert [(one.dockerfile, one.target, one.names, one.published) for one in found.builds] == [("api/Dockerfile", "dev", {"o/api"}, True)]
    assert found.builds[0].place.line == 3


@pytest.mark.parametrize("name", ["container-scan", "docker-lint", "tests", "deploy"])
def test_a_remote_workflow_that_is_something_else_builds_nothing(tmp_path: Path, name: str) -> None:
    assert unseen(tmp_path, f"  a:\n    uses: o/r/.github/workflows/{name}.yml@v1\n    with: {{environment: production}}\n").builds == ()
