"""Compose files: the short and long forms of a service, what it extends, and what the file's name says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.artifacts.compose import ComposeFile, interpolate, read, read_all
from pytest_deploy.artifacts.purpose import purpose
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree


def tree(folder: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return Tree(folder)


def one(folder: Path, text: str, path: str = "compose.yml", **others: str) -> ComposeFile:
    return read(tree(folder, {path: text, **others}), path)


def test_files_with_such_a_name_are_compose_files_in_any_folder(tmp_path: Path) -> None:
    names = [
        "compose.yml",
        "docker-compose.yaml",
        "a/docker-compose-ci.yml",
        "b/Compose.dev.YML",
        "composer.yml",
        "compose.json",
        "my-compose.txt",
    ]
    found = read_all(tree(tmp_path, dict.fromkeys(names, "services: {}\n")))
    assert sorted(found) == ["a/docker-compose-ci.yml", "b/Compose.dev.YML", "compose.yml", "docker-compose.yaml"]


def test_short_and_long_forms_mean_the_same(tmp_path: Path) -> None:
    short = one(
        tmp_path,
        """
services:
  web:
    build: ./web
    command: gunicorn "my app" --bind :8000
    environment: [MODE=prod, TOKEN]
    env_file: .env
    ports: ["8080:80"]
    volumes: ["./web:/app:ro", "data:/data"]
    healthcheck: {test: curl -f http://localhost}
    depends_on: [db]
""",
    ).services["web"]
    long = one(
        tmp_path,
        """
services:
  web:
    build: {context: ./web, dockerfile: Dockerfile}
    command: [gunicorn, my app, --bind, ":8000"]
    environment: {MODE: prod, TOKEN: }
    env_file: [{path: .env}]
    ports: [{published: 8080, target: 80}]
    volumes:
      - {type: bind, source: ./web, target: /app, read_only: true}
      - {type: volume, source: data, target: /data}
    healthcheck: {test: [CMD-SHELL, "curl -f http://localhost"]}
    depends_on: {db: {condition: service_started}}
""",
    ).services["web"]
    assert long.build is not None
    assert short.build is not None
    assert (short.build.folder, short.build.dockerfile) == (long.build.folder, long.build.dockerfile) == ("web", "web/Dockerfile")
    assert short.command == long.command == ("gunicorn", "my app", "--bind", ":8000")
    assert short.environment == long.environment == {"MODE": "prod", "TOKEN": None}
    assert short.env_files == long.env_files == (".env",)
    assert short.ports == long.ports == ("8080:80",)
    assert [(v.kind, v.source, v.target, v.read_only, v.path) for v in short.volumes] == [
        ("bind", "./web", "/app", True, "web"),
        ("volume", "data", "/data", False, None),
    ]
    assert [(v.kind, v.source, v.target, v.read_only, v.path) for v in long.volumes] == [
        ("bind", "./web", "/app", True, "web"),
        ("volume", "data", "/data", False, None),
    ]
    assert short.healthcheck is not None
    assert long.healthcheck is not None
    assert short.healthcheck.test == long.healthcheck.test == ("curl -f http://localhost",)
    assert short.depends_on == long.depends_on == {"db": "service_started"}


def test_values_keep_their_places(tmp_path: Path) -> None:
    service = one(tmp_path, "services:\n  web:\n    image: app:1\n    environment:\n      - KEY=secret\n").services["web"]
    assert service.place == Place("compose.yml", 2, 3, 5)
    assert service.image is not None
    assert service.image.place == Place("compose.yml", 3, 12, 3)
    value = service.environment["KEY"]
    assert value is not None
    assert value.place == Place("compose.yml", 5, 13, 5)


def test_a_build_is_found_from_the_folder_of_the_file_that_says_it(tmp_path: Path) -> None:
    compose = one(
        tmp_path,
        "services:\n  a: {build: {context: .., dockerfile: docker/Dockerfile.web, target: '${STAGE:-prod}', args: {V: '1'}}}\n"
        "  b: {build: https://github.com/o/r.git}\n  c: {build: {context: .., dockerfile_inline: FROM x}}\n  d: {build: $WHERE}\n",
        "docker/compose.yml",
    )
    builds = {name: service.build for name, service in compose.services.items()}
    assert {name: build and (build.folder, build.dockerfile, build.target) for name, build in builds.items()} == {
        "a": ("", "docker/Dockerfile.web", "prod"),
        "b": (None, None, ""),
        "c": ("", None, ""),
        "d": (None, None, ""),
    }


def test_a_service_has_what_it_extends_below_its_own_settings(tmp_path: Path) -> None:
    files = {
        "base/common.yml": "services:\n  app:\n    build: .\n    restart: always\n    environment: {A: '1', B: '1'}\n",
        "compose.yml": "services:\n  web:\n    extends: {file: base/common.yml, service: app}\n    environment: {B: '2'}\n",
    }
    service = read(tree(tmp_path, files), "compose.yml").services["web"]
    assert service.restart == "always"
    assert service.environment == {"A": "1", "B": "2"}
    assert service.build is not None
    assert service.build.dockerfile == "base/Dockerfile"


def test_services_that_extend_each_other_end(tmp_path: Path) -> None:
    compose = one(tmp_path, "services:\n  a: {extends: b, image: x}\n  b: {extends: {service: a}, restart: always}\n")
    assert compose.services["a"].restart == "always"


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    compose = one(tmp_path, "x-base: &base\n  image: app:1\n  restart: always\nservices:\n  web:\n    <<: *base\n    restart: 'no'\n")
    assert (compose.services["web"].image, compose.services["web"].restart) == ("app:1", "no")


@pytest.mark.parametrize("text", ["{disable: true}", "{test: [NONE]}", "{test: NONE}"])
def test_a_healthcheck_can_be_switched_off(tmp_path: Path, text: str) -> None:
    healthcheck = one(tmp_path, f"services:\n  web:\n    healthcheck: {text}\n").services["web"].healthcheck
    assert healthcheck is not None
    assert healthcheck.disabled


def test_a_file_that_is_no_yaml_is_broken_at_its_line(tmp_path: Path) -> None:
    compose = one(tmp_path, "services:\n  web: [\n")
    assert compose.broken
    assert [problem.place.line for problem in compose.problems] == [3]


def test_defaults_of_variables_are_put_in() -> None:
    assert interpolate("${A:-x}/${B-y${C:-z}}:${TAG}$$") == "x/yz:${TAG}$"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("docker-compose.yml", ""),
        ("docker-compose-ci.yml", "development"),
        ("compose.dev-azure.yml", "development"),
        ("compose.override.yml", "development"),
        ("app.build/compose.yml", "development"),
        ("docker-compose.prod.yml", "production"),
        ("deploy/docker-compose.yml", "production"),
        ("production/compose.test.yml", "development"),
        ("compose.prod-local.yml", "development"),
        ("latest/compose.yml", ""),
    ],
)
def test_names_say_what_a_compose_file_is_for(path: str, said: str) -> None:
    assert ComposeFile(path, Place(path)).named == said


def test_the_name_of_a_dockerfile_speaks_before_its_folder() -> None:
    assert purpose("dev/Dockerfile.prod") == "production"
    assert purpose("tests/integration/Dockerfile") == "development"
    assert purpose("docker/Dockerfile") == ""


_NODES = st.recursive(
    st.sampled_from(["null", "x", "8080:80", "'./a:/b'", "true", "1", "'${A:-b}'", "NONE"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(
            st.sampled_from(["context", "test", "type", "source", "file", "service", "db", "path", "args"]), inner, max_size=3
        ).map(lambda parts: "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}")
    ),
    max_leaves=6,
)
_KEYS = [
    "build",
    "command",
    "environment",
    "env_file",
    "ports",
    "volumes",
    "healthcheck",
    "depends_on",
    "restart",
    "profiles",
    "extends",
    "image",
]


@given(st.dictionaries(st.sampled_from(_KEYS), _NODES, max_size=6))
def test_a_service_of_any_shape_is_read(tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str]) -> None:
    text = "services:\n  web:\n    x: y\n" + "".join(f"    {key}: {value}\n" for key, value in keys.items())
    compose = one(tmp_path_factory.mktemp("compose"), text)
    assert list(compose.services) == ["web"]
