from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage, from_source, has_dockerfile_name, read
from pytest_deploy.tree import Source, Tree


def dockerfile(text: str) -> Dockerfile:
    return from_source(Source("Dockerfile", text))


def last(text: str) -> Stage:
    return dockerfile(text).stages[-1]


def parts(text: str) -> dict[str, tuple[str, ...] | None]:
    """What of each stage is in the last one."""
    found = dockerfile(text)
    return {part.stage.name: part.paths for part in found.taken(found.stages[-1])}


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "Dockerfile",
        "dockerfile",
        "a/Dockerfile.prod",
        "Dockerfile-web",
        "web.Dockerfile",
        "x.dockerfile",
        "Containerfile",
        "Containerfile.ci",
    ],
)
def test_a_dockerfile_is_known_by_its_name(path: str) -> None:
    assert has_dockerfile_name(path)


@pytest.mark.parametrize(
    "path", ["Dockerfile.dockerignore", "docs/dockerfile.md", "Dockerfile.j2", "Dockerfiles", "test_dockerfile.py", "dockerfile/a"]
)
def test_what_only_sounds_like_a_dockerfile_is_none(path: str) -> None:
    assert not has_dockerfile_name(path)


# --- stages and images -----------------------------------------------------------------------------------------------


def test_a_stage_knows_its_parent_in_any_case_and_its_image() -> None:
    base, final = dockerfile("FROM python:3.13 AS Base\nFROM base\n").stages

    assert base.base is not None
    assert base.base.reference.tag == "3.13"
    assert final.parent is base
    assert final.base is None
    assert final.root is base.base


def test_a_later_stage_of_the_name_is_no_parent() -> None:
    first, _ = dockerfile("FROM node AS a\nFROM debian AS node\n").stages

    assert first.parent is None
    assert first.base is not None


def test_scratch_is_neither_image_nor_stage() -> None:
    stage = last("FROM scratch\nCOPY a /a\n")

    assert (stage.base, stage.parent, stage.images) == (None, None, ())


def test_a_stage_chosen_by_platform_is_a_parent() -> None:
    stage = last("FROM a:1 AS build-amd64\nFROM b:1 AS build-arm64\nFROM build-${TARGETARCH} AS final\n")

    assert stage.parent is not None
    assert stage.parent.name == "build-arm64"
    assert stage.images == ()


def test_images_come_from_from_copy_and_mount() -> None:
    stage = last("FROM a:1\nCOPY --from=b:2 /b /b\nCOPY --from=0 /c /c\nRUN --mount=type=bind,from=c:3,target=/x x\n")

    assert [(image.how, image.reference.text) for image in stage.images] == [
        ("FROM", "a:1"),
        ("COPY --from", "b:2"),
        ("COPY --from", "0"),
        ("RUN --mount", "c:3"),
    ]


def test_copy_from_takes_a_stage_by_name_or_number() -> None:
    stage = last("FROM a:1 AS build\nFROM b:1\nFROM c:1\nCOPY --from=BUILD /a /a\nCOPY --from=1 /b /b\n")

    assert [copy.stage.index for copy in stage.copies if copy.stage] == [0, 1]


# --- what is in force ------------------------------------------------------------------------------------------------


def test_a_stage_inherits_the_user_of_its_parent() -> None:
    user = last("FROM a:1 AS base\nUSER app:staff\nFROM base\nRUN x\n").user

    assert user is not None
    assert (user.name, user.place.line) == ("app", 2)


def test_a_stage_does_not_inherit_the_user_of_one_that_it_copies_from() -> None:
    assert last("FROM a:1 AS base\nUSER app\nFROM b:1\nCOPY --from=base /a /a\n").user is None


def test_the_user_is_expanded_with_what_is_in_force() -> None:
    user = last('FROM a:1\nARG UID=1000\nENV GID="$UID"\nUSER ${UID}:${GID}\n').user

    assert user is not None
    assert user.word.text == "1000:1000"


def test_a_user_from_an_argument_without_default_is_not_known() -> None:
    user = last("FROM a:1\nARG UID\nUSER $UID\n").user

    assert user is not None
    assert user.word.missing == {"UID"}


def test_the_working_folder_is_followed() -> None:
    assert last("FROM a:1 AS b\nWORKDIR /srv\nFROM b\nWORKDIR app/../web\n").end.folder == "/srv/web"


def test_a_folder_that_only_the_build_knows_is_the_same_folder_everywhere() -> None:
    text = "FROM a:1 AS b\nARG HOME\nWORKDIR $HOME\nCOPY . .\nFROM a:1 AS c\nARG HOME\nCOPY --from=b ${HOME}/out /out\n"

    assert parts(text)["b"] == ("/$HOME/out",)
    assert dockerfile(text).stages[0].copies[0].target == "/$HOME"


def test_the_target_of_a_copy_is_absolute() -> None:
    assert [copy.target for copy in last("FROM a:1\nWORKDIR /srv\nCOPY x y/\nCOPY x .\nCOPY x /z\n").copies] == ["/srv/y", "/srv", "/z"]


# --- variables -------------------------------------------------------------------------------------------------------


def test_a_global_argument_is_for_from_only_until_it_is_declared_again() -> None:
    stage = last("ARG V=3.13\nFROM python:$V\nENV A=$V\nARG V\nENV B=$V\n")

    assert stage.base is not None
    assert stage.base.reference.tag == "3.13"
    assert stage.end.scope.get("A") is None
    assert stage.end.scope.get("B") == "3.13"


def test_an_argument_without_default_is_missing_in_the_image() -> None:
    stage = last("ARG V\nFROM python:$V\n")

    assert stage.base is not None
    assert stage.base.missing == {"V"}


def test_a_default_in_the_reference_stands_in_for_an_argument_without_one() -> None:
    stage = last("ARG V\nFROM python:${V:-3.12}\n")

    assert stage.base is not None
    assert (stage.base.reference.tag, stage.base.missing) == ("3.12", frozenset())


def test_a_platform_argument_has_a_value_that_only_the_build_knows() -> None:
    stage = last("FROM a:${TARGETARCH:-amd64}\n")

    assert stage.base is not None
    assert stage.base.missing == {"TARGETARCH"}


def test_env_outweighs_a_later_argument() -> None:
    assert last("FROM a:1\nENV A=env\nARG A=arg\nENV B=$A\n").end.scope.get("B") == "env"


def test_the_pairs_of_one_env_do_not_see_each_other() -> None:
    assert last("FROM a:1\nENV A=1\nENV A=2 B=$A\n").end.scope.get("B") == "1"


# --- what of a stage ends up in another ------------------------------------------------------------------------------


def test_a_parent_is_taken_whole_and_a_copied_stage_in_part() -> None:
    text = "FROM a:1 AS base\nFROM b:1 AS build\nCOPY . /src\nFROM base AS final\nCOPY --from=build /src/dist /web\n"

    assert parts(text) == {"base": None, "build": ("/src/dist",), "final": None}


def test_parts_are_followed_through_several_stages() -> None:
    text = "FROM a:1 AS deps\nFROM b:1 AS build\nCOPY --from=deps /modules /app/modules\nFROM c:1 AS final\nCOPY --from=build /app /app\n"

    assert parts(text) == {"deps": ("/modules",), "build": ("/app",), "final": None}


def test_only_the_part_that_is_passed_on_is_taken() -> None:
    text = "FROM a:1 AS deps\nFROM b:1 AS build\nCOPY --from=deps /all /app\nFROM c:1 AS final\nCOPY --from=build /app/bin /bin\n"

    assert parts(text)["deps"] == ("/all/bin",)


def test_a_stage_whose_copy_is_left_behind_is_not_taken() -> None:
    text = "FROM a:1 AS deps\nFROM b:1 AS build\nCOPY --from=deps /x /tools\nFROM c:1 AS final\nCOPY --from=build /app /app\n"

    assert "deps" not in parts(text)


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_broken_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"FROM a\n\xff\n")

    found = read(Tree(tmp_path), "Dockerfile")

    assert found.broken
    assert [(problem.message, problem.place.line) for problem in found.problems] == [("the file is not UTF-8: byte 0xff", 2)]


@pytest.mark.parametrize(
    "text", ["{% if x %}\nFROM a:1\n{% endif %}\n", "FROM {{ image }}\n", "FROM ${docker.base.image}\n", "FROM a:1\n<% x %>\n"]
)
def test_a_file_that_an_engine_fills_in_is_a_template(text: str) -> None:
    found = dockerfile(text)

    assert (found.template, found.broken) == (True, True)


def test_braces_that_the_builder_does_not_mind_make_no_template() -> None:
    found = dockerfile("FROM a:1\nRUN docker inspect -f '{{.Id}}' x\nRUM x\n")

    assert (found.template, found.broken) == (False, False)


def test_a_misspelt_instruction_leaves_the_rest_to_be_judged() -> None:
    found = dockerfile("FROM a:1\nRUM x\nUSER app\n")

    assert not found.broken
    assert found.stages[0].user is not None
