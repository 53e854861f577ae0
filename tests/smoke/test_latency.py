"""Latency: percentiles, what chance alone can do, and the committed baseline."""

from __future__ import annotations

import json
import random
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.smoke.baseline import Baseline, load, store
from pytest_deploy.smoke.failures import SettingsProblem
from pytest_deploy.smoke.latency import Latency, compare
from pytest_deploy.smoke.statistics import percentile, probability_of_chance

times = st.lists(st.floats(0.0001, 10, allow_nan=False), min_size=2, max_size=60)


@given(times)
def test_the_median_and_the_quartiles_are_those_of_the_standard_library(values: list[float]) -> None:
    assert percentile(values, 0.5) == pytest.approx(statistics.median(values))
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    assert percentile(values, 0.25) == pytest.approx(lower)
    assert percentile(values, 0.75) == pytest.approx(upper)


@given(times, times)
def test_a_probability_is_one_and_turns_round_with_the_sides(one: list[float], other: list[float]) -> None:
    there, back = probability_of_chance(one, other), probability_of_chance(other, one)
    assert 0 <= there <= 1
    # Both sides count the middle, and the correction for continuity a little more.
    assert there + back >= 1 - 1e-9


def test_the_probability_is_that_of_a_published_example() -> None:
    # scipy.stats.mannwhitneyu([19, 22, 16, 29, 24], [20, 11, 17, 12], alternative="greater", method="asymptotic"): 0.0556 with continuity
    males, females = [19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]
    assert probability_of_chance(females, males) == pytest.approx(0.0556, abs=5e-4)


def test_without_a_change_a_regression_is_reported_in_no_more_than_one_run_in_a_hundred() -> None:
    draw = random.Random(7)

    def sample() -> Latency:
        return Latency(tuple(draw.lognormvariate(-3, 0.5) for _ in range(50)))

    runs = 1_000
    assert sum(compare(sample(), sample(), tolerance=0.20).outcome == "slower" for _ in range(runs)) <= runs // 100


def test_a_doubled_latency_is_found_nearly_always() -> None:
    draw = random.Random(11)
    runs = 200
    found = 0
    for _ in range(runs):
        before = Latency(tuple(draw.lognormvariate(-3, 0.5) for _ in range(50)))
        now = Latency(tuple(2 * draw.lognormvariate(-3, 0.5) for _ in range(50)))
        found += compare(before, now, tolerance=0.20).outcome == "slower"
    assert found >= runs * 0.95


def test_too_few_samples_are_no_pass() -> None:
    few = Latency((0.01,) * 19)
    assert compare(few, few, tolerance=0.2).outcome == "unknown"


def test_a_small_change_within_the_tolerance_is_none_however_sure() -> None:
    before, now = Latency((0.100,) * 100), Latency((0.110,) * 100)
    assert compare(before, now, tolerance=0.20).outcome == "as before"


def test_less_than_five_milliseconds_are_no_regression_whatever_share_they_are() -> None:
    before, now = Latency((0.0006,) * 30), Latency((0.0012,) * 30)
    assert compare(before, now, tolerance=0.20).outcome == "as before"
    assert compare(before, Latency((0.0058,) * 30), tolerance=0.20).outcome == "slower"


def test_a_regression_says_its_figures_and_method() -> None:
    before = Latency(tuple(0.010 + 0.0001 * one for one in range(30)))
    now = Latency(tuple(0.020 + 0.0001 * one for one in range(30)))
    said = compare(before, now, tolerance=0.20).text
    assert said.startswith("p50 21.4 ms is 87% over the baseline's 11.4 ms")
    assert "Mann-Whitney" in said


@given(st.lists(st.floats(0.0001, 10), min_size=1, max_size=30))
def test_a_baseline_comes_back_as_it_was_stored(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("baseline") / "deploy" / "latency.json"
    store(path, Baseline({"GET /health": Latency(tuple(values))}, "2026-11-25", "abc"))
    found = load(path)
    assert found is not None
    assert found.endpoints["GET /health"].samples == pytest.approx(values, abs=1e-6)
    assert (found.recorded, found.commit) == ("2026-11-25", "abc")


def test_no_file_is_no_baseline(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 1, "endpoints": []}', '{"version": 1, "endpoints": {"GET /": 3}}', "null"]
)
def test_a_file_that_is_no_baseline_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "latency.json").write_text(text)
    with pytest.raises(SettingsProblem, match=r"^latency\.json: this is no baseline"):
        load(tmp_path / "latency.json")


def test_a_baseline_of_another_version_asks_to_be_recorded_again(tmp_path: Path) -> None:
    (tmp_path / "latency.json").write_text(json.dumps({"version": 2, "endpoints": {}}))
    with pytest.raises(SettingsProblem, match="record the baseline again"):
        load(tmp_path / "latency.json")
