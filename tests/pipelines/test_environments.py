"""Names of environments (rulings 4, 5 and 27)."""

from __future__ import annotations

import pytest

from pytest_deploy.pipelines.environments import Environments, words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("production", "production"),
        ("prod-eu", "production"),
        ("my_app_prd", "production"),
        ("Live", "production"),
        ("deployToProd", "production"),
        ("envs/prod.tfvars", "production"),
        ("AWSProd2", "production"),
        ("https://api.prod.example.org:8443/x", "production"),
        ("staging", "staging"),
        ("stg1", "staging"),
        ("deploy to UAT", "staging"),
        ("qa.example.org", "staging"),
        ("preproduction", "staging"),
        ("pre-production", "staging"),
        ("preProd", "staging"),
        ("PP", "staging"),
        ("values-dev.yaml", "development"),
        ("sandbox", "development"),
        ("non-prod", "development"),
        ("nonprod", "development"),
        ("review/feature-x", "review"),
        ("pr-123", "review"),
        ("app-pr-${{ inputs.number }}", "review"),
        ("pull_request", "review"),
        ("preview-production", "review"),
        ("Promote staging to production", "production"),
        ("prod-cluster/staging", "staging"),
        ("smoke test production", "production"),
        ("demo", None),
        ("reproduction", None),
        ("products", None),
        ("deliver", None),
        ("latest", None),
        ("backstage", None),
        ("", None),
        ("${{ inputs.target }}", None),
    ],
)
def test_a_name_means_an_environment_by_its_whole_words(text: str, kind: str | None) -> None:
    assert Environments({}).kind(text) == kind


def test_names_of_the_settings_have_the_last_word() -> None:
    house = Environments({"production": ("blue", "staging"), "demo": ("demo",), "staging": ("the lab",), "review": ("",)})

    assert house.kind("cluster-blue") == "production"
    assert house.kind("staging") == "production"
    assert house.kind("demo-prod") == "other"
    assert house.kind("TheLab") == "staging"
    assert house.kind("lab") is None
    assert house.kind("prod") == "production"


def test_environments_before_production_have_an_order_of_preference() -> None:
    names = ["dev", "stage", "QA", "uat", "pre-prod", "test", "staging"]

    assert sorted(names, key=lambda name: Environments({}).preference(name) or 0) == names[::-1]


def test_what_does_not_come_before_production_has_no_preference() -> None:
    house = Environments({"staging": ("lab",)})

    assert [house.preference(name) for name in ("production", "pr-1", "demo")] == [None, None, None]
    assert house.preference("lab") == 7


def test_words_part_at_capitals_and_everything_that_is_no_letter() -> None:
    assert words("AWSProdEU-west_1/myApp:v2") == ("aws", "prod", "eu", "west", "my", "app", "v")
