"""Which items there are, under which ids, and what narrows them."""

from __future__ import annotations

import pytest


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_each_file_has_an_item_for_each_check_and_the_repository_its_own(house):
    house.write({"svc/a.note": "fine\n"})
    result = house.run("--deploy-only", "--co", "-q")
    assert ids(result) == [
        "checklist::house-has-readme",
        "checklist::waivers-in-order",
        "svc/a.note::house-known",
        "svc/a.note::house-no-todo",
        "svc/a.note::house-parses",
        "svc/a.note::house-short",
    ]


def test_hidden_folders_testpaths_and_norecursedirs_hide_nothing(house):
    house.write(
        {
            ".github/a.note": "fine\n",
            "build/b.note": "fine\n",
            "pytest.ini": "[pytest]\ntestpaths = tests\n",
            "tests/test_one.py": "def test_one(): pass\n",
        }
    )
    result = house.run("--deploy-checks", "--co", "-q", "-k", "house-known or test_one")
    assert ids(result) == ["tests/test_one.py::test_one", ".github/a.note::house-known", "build/b.note::house-known"]


def test_the_checks_stand_beside_the_tests_of_the_project(house):
    house.write({"a.note": "fine\n", "README.md": "", "test_one.py": "def test_one(): pass\n"})
    house.run("--deploy-checks").assert_outcomes(passed=6, skipped=1)


def test_without_a_flag_there_is_no_gate(house):
    house.write({"a.note": "TODO\n", "test_one.py": "def test_one(): pass\n"})
    result = house.run()
    result.assert_outcomes(passed=1)
    assert "deployment gate" not in result.stdout.str()


def test_only_leaves_the_tests_of_the_project_and_its_conftest_unimported(house):
    house.write({"conftest.py": "raise SystemExit(9)\n", "test_one.py": "raise SystemExit(8)\n", "README.md": ""})
    result = house.run("--deploy-only")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)


def test_a_package_beside_a_file_is_not_imported_for_its_checks(house):
    house.write({"app/__init__.py": "raise SystemExit(9)\n", "app/a.note": "fine\n"})
    house.run("--deploy-checks", "-k", "app").assert_outcomes(passed=4, deselected=2)


def test_a_file_argument_narrows_to_its_checks(house):
    house.write({"a.note": "fine\n", "b.note": "fine\n", "test_one.py": "def test_one(): pass\n"})
    assert {one.partition("::")[0] for one in ids(house.run("--deploy-checks", "--co", "-q", "a.note"))} == {"a.note"}


def test_a_folder_argument_narrows_the_checks_and_the_tests(house):
    house.write(
        {"svc/a.note": "fine\n", "b.note": "fine\n", "test_one.py": "def test_one(): pass\n", "svc/test_two.py": "def test_two(): pass\n"}
    )
    result = ids(house.run("--deploy-checks", "--co", "-q", "svc"))
    assert {one.partition("::")[0] for one in result} == {"svc/test_two.py", "svc/a.note"}


def test_a_folder_of_tests_leaves_the_gate_whole(house):
    house.write({"tests/test_one.py": "def test_one(): pass\n", "tests/a.note": "fine\n", "b.note": "fine\n"})
    result = ids(house.run("--deploy-checks", "--co", "-q", "tests"))
    assert {one.partition("::")[0] for one in result} == {"tests/test_one.py", "tests/a.note", "b.note", "checklist"}


def test_the_root_as_an_argument_leaves_the_gate_whole(house):
    house.write({"a.note": "fine\n"})
    assert len(ids(house.run("--deploy-only", "--co", "-q", "."))) == 6


@pytest.mark.parametrize("node", ["a.note::house-known", "checklist::house-has-readme"])
def test_an_id_that_is_printed_can_be_given_back(house, node):
    house.write({"a.note": "fine\n"})
    assert ids(house.run("--deploy-checks", "--co", "-q", node)) == [node]


def test_several_ids_of_one_file_add_up(house):
    house.write({"a.note": "fine\n"})
    assert ids(house.run("--deploy-checks", "--co", "-q", "a.note::house-known", "a.note::house-short")) == [
        "a.note::house-known",
        "a.note::house-short",
    ]


def test_checklist_as_an_argument_means_the_repository_as_a_whole(house):
    house.write({"a.note": "fine\n"})
    assert ids(house.run("--deploy-checks", "--co", "-q", "checklist")) == ["checklist::house-has-readme", "checklist::waivers-in-order"]


def test_an_id_that_does_not_exist_names_the_nearest(house):
    house.write({"a.note": "fine\n"})
    result = house.run("--deploy-checks", "a.note::house-knwn")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*a.note::house-knwn: a.note has no check 'house-knwn'; did you mean house-known?"])


def test_a_path_that_does_not_exist_is_an_error_as_everywhere(house):
    result = house.run("--deploy-checks", "nowhere.note")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*file or directory not found: nowhere.note*"])


def test_from_a_subfolder_the_whole_repository_is_judged_and_ids_can_be_given_back(house, monkeypatch):
    house.write({"svc/a.note": "TODO\n", "b.note": "TODO\n", ".git/HEAD": ""})
    monkeypatch.chdir(house.path / "svc")
    result = house.run("--deploy-only", "-ra")
    failed = [line.split(" ")[1] for line in result.outlines if line.startswith("FAILED")]
    assert failed == ["../checklist::house-has-readme", "../b.note::house-no-todo", "a.note::house-no-todo"]
    for node in failed:
        house.run("--deploy-only", node).assert_outcomes(failed=1)


def test_a_tests_own_root_below_the_repository_is_no_narrowing(house, monkeypatch):
    house.write({"backend/pytest.ini": "[pytest]\n", "b.note": "TODO\n", ".git/HEAD": "", "README.md": ""})
    monkeypatch.chdir(house.path / "backend")
    result = house.run("--deploy-only", "-ra")
    result.stdout.fnmatch_lines(["FAILED ../b.note::house-no-todo*"])
    house.run("--deploy-only", "../b.note::house-no-todo").assert_outcomes(failed=1)


def test_a_root_that_is_named_is_the_repository(house):
    house.write({"svc/a.note": "fine\n", "b.note": "fine\n", "svc/deploy.toml": 'select = ["house-*"]\n', "other.ini": "[pytest]\n"})
    result = house.run("-c", "other.ini", "--rootdir", "svc", "--deploy-only", "--co", "-q", "-k", "house-known")
    assert len(ids(result)) == 1


def test_markers_select(house):
    house.write({"a.note": "fine\n"})
    assert ids(house.run("--deploy-only", "--co", "-q", "-m", "deploy(area='pipeline')")) == ["a.note::house-known"]
    assert ids(house.run("--deploy-only", "--co", "-q", "-m", "deploy(id='house-short', tier='advisory')")) == ["a.note::house-short"]
    assert ids(house.run("--deploy-checks", "--co", "-q", "-m", "smoke")) == []


def test_an_ignored_folder_of_the_command_line_is_left_out(house):
    house.write({"legacy/a.note": "fine\n", "b.note": "fine\n"})
    result = ids(house.run("--deploy-only", "--co", "-q", "--ignore", "legacy"))
    assert {one.partition("::")[0] for one in result} == {"checklist", "b.note"}


def test_the_tree_of_collected_items_is_readable(house):
    house.write({"a.note": "fine\n"})
    result = house.run("--deploy-only", "--co", "a.note::house-known")
    result.stdout.fnmatch_lines(["<Subject a.note>", "  <CheckItem house-known>"])


def test_a_reader_that_fails_is_an_error_of_its_checks_alone(house):
    house.write({"a.note": "fine\n", "README.md": ""})
    house.write(
        {
            "bad.py": """
            from pytest_deploy import Finding, check
            from pytest_deploy.repository import Kind
            class Thing: pass
            @check("required", area="after")
            def house_thing(thing: Thing):
                yield from ()
            def pytest_deploy_checks(): return [house_thing]
            def pytest_deploy_kinds(): return [Kind("thing", Thing, lambda repository: 1 / 0, lambda repository, path: None)]
            """
        }
    )
    outcomes = house.outcomes("-p", "bad")
    assert outcomes.pop("checklist::house-thing") == "error"
    assert set(outcomes.values()) == {"passed", "not-applicable"}


def test_a_check_that_is_not_one_of_the_file_is_a_usage_error(house):
    house.write({"a.note": "fine\n"})
    result = house.run("--deploy-checks", "a.note::house-has-readme")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*a.note::house-has-readme: a.note has no check 'house-has-readme'*"])


@pytest.mark.parametrize(
    ("argument", "said"), [("nowhere", "file or directory not found: nowhere"), ("NEWS", "there are no checks of NEWS")]
)
def test_the_gate_alone_does_not_swallow_a_path_that_says_nothing(house, argument, said):
    house.write({"NEWS": ""})
    result = house.run("--deploy-only", argument)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{said}"])


def test_a_folder_called_checklist_is_a_folder(house):
    house.write({"checklist/a.note": "fine\n", "b.note": "fine\n"})
    assert {one.partition("::")[0] for one in ids(house.run("--deploy-only", "--co", "-q", "checklist"))} == {"checklist/a.note"}
    assert ids(house.run("--deploy-only", "--co", "-q", "checklist::house-has-readme")) == ["checklist::house-has-readme"]


@pytest.mark.parametrize("option", ["--deploy-select=x", "--deploy-ignore=x", "--deploy-report=json:x", "--deploy-write-baseline=x"])
def test_an_option_of_the_gate_without_the_gate_is_a_usage_error(house, option):
    result = house.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--deploy-checks or --deploy-only*"])


def test_a_hook_adds_the_reader_of_a_ci_system(house):
    house.write(
        {
            "drone.py": """
            from pytest_deploy.pipelines.model import Pipeline
            from pytest_deploy.pipelines.readers import Reader
            from pytest_deploy.places import Place
            def paths(tree): return tree.matching(r"\\.drone\\.yml")
            def read(tree, path): return Pipeline(path, "drone", Place(path))
            def pytest_deploy_readers():
                return [Reader("drone", find, read)]
            def find(tree):
                return tree.matching(r"\\.drone\\.yml")
            def read(tree, path):
                return Pipeline(path, "drone", Place(path))
            """,
            "deploy.toml": 'select = ["pipeline-parses"]\n',
            ".drone.yml": "kind: pipeline\n",
        }
    )
    assert ids(house.run("-p", "drone", "--deploy-only", "--co", "-q")) == [".drone.yml::pipeline-parses"]
