"""The settings file: what is wrong in it is said with file, key and the nearest right name."""

from __future__ import annotations

import pytest

from pytest_deploy.gate import configuration
from pytest_deploy.gate.configuration import load


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('slect = ["*"]', "deploy.toml: slect: there is no such key; did you mean select?"),
        ('select = "container"', "deploy.toml: select: expected list, got str"),
        ("target = 1", "deploy.toml: target: expected str, got int"),
        (
            '[[waivers]]\ncheck = "x"\nreason = "y"\nexpire = 2027-01-01',
            "deploy.toml: waivers[0].expire: there is no such key; did you mean expires?",
        ),
        ('[[waivers]]\ncheck = "x"\nreason = "y"\nexpires = "soon"', "deploy.toml: waivers[0].expires: Invalid RFC3339 encoded date"),
        ('ignore = ["house-knwon"]', "deploy.toml: ignore: there is no check or area 'house-knwon'; did you mean house-known?"),
        ('required = ["contaner"]', "deploy.toml: required: there is no check or area 'contaner'; did you mean container?"),
        (
            '[[waivers]]\ncheck = "house-knwon"\nreason = "y"',
            "deploy.toml: waivers[0].check: there is no check 'house-knwon'; did you mean house-known?",
        ),
        ('[roles]\ntest = ["make verify"]', "deploy.toml: roles.test: there is no such key; did you mean tests?"),
        ('[environments]\nproducton = ["live"]', "deploy.toml: environments.producton: there is no such key; did you mean production?"),
        ("select = [", "deploy.toml: "),
    ],
)
def test_wrong_settings_are_a_usage_error(house, text, said):
    house.write({"deploy.toml": text})
    result = house.run("--deploy-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


def test_pyproject_is_read_and_keys_are_named_as_they_stand_there(house):
    (house.path / "deploy.toml").unlink()
    house.write({"pyproject.toml": '[tool.pytest-deploy]\nslect = ["*"]\n'})
    result = house.run("--deploy-only")
    assert "pyproject.toml: tool.pytest-deploy.slect: there is no such key; did you mean select?" in result.stderr.str()


def test_settings_in_two_places_are_a_usage_error(house):
    house.write({"pyproject.toml": "[tool.pytest-deploy]\n"})
    result = house.run("--deploy-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "settings stand in two places: pyproject.toml and deploy.toml" in result.stderr.str()


def test_wrong_settings_are_nobodys_business_without_the_gate(house):
    house.write({"deploy.toml": "nonsense = 1\n", "test_one.py": "def test_one(): pass\n"})
    assert house.run().ret == 0


def test_a_pyproject_of_others_may_be_broken(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.other\n")
    assert load(tmp_path, tmp_path).path == ""


def test_without_a_file_everything_has_a_default(tmp_path):
    found = load(tmp_path, tmp_path)
    assert (found.path, found.settings.target, found.settings.select) == ("", "production", ("*",))


def test_the_nearest_file_up_to_the_root_counts(tmp_path):
    folder = tmp_path / "backend" / "app"
    folder.mkdir(parents=True)
    (tmp_path / "deploy.toml").write_text('target = "far"\n')
    assert load(tmp_path, folder).settings.target == "far"
    (tmp_path / "backend" / "pyproject.toml").write_text('[tool.pytest-deploy]\ntarget = "near"\n')
    assert load(tmp_path, folder).settings.target == "near"
    assert load(tmp_path, folder).path == "backend/pyproject.toml"


def test_a_settings_file_outside_of_the_root_is_not_read(tmp_path):
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "deploy.toml").write_text('target = "elsewhere"\n')
    (root / "deploy.toml").symlink_to(tmp_path / "deploy.toml")
    assert load(root, root).path == ""


@pytest.mark.parametrize(("name", "near"), [("nonroot", "nonroot-user"), ("zzz", "")])
def test_the_nearest_name(name, near):
    assert configuration.nearest(name, ["nonroot-user", "base-image-pinned"]) == near


def test_two_checks_of_one_id_are_a_usage_error(house):
    house.write(
        {
            "twin.py": """
            from pytest_deploy import Repository, check
            @check("required", area="after")
            def house_known(repository: Repository):
                yield from ()
            def pytest_deploy_checks(): return [house_known]
            """
        }
    )
    result = house.run("-p", "twin", "--deploy-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "two checks have the id house-known" in result.stderr.str()


def test_something_that_is_no_check_is_a_usage_error(house):
    house.write({"odd.py": "def pytest_deploy_checks(): return [len]\n"})
    result = house.run("-p", "odd", "--deploy-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "is not decorated with @check" in result.stderr.str()
