"""The release paths in the summary and the report."""

from __future__ import annotations

WORKFLOW = """
on:
  push:
    branches: [main]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps: [{run: pytest}]
  staging:
    needs: tests
    runs-on: ubuntu-latest
    environment: staging
    steps: [{run: kubectl apply -f k8s/}]
  live:
    runs-on: ubuntu-latest
    environment: production
    steps: [{run: kubectl apply -f k8s/}]
"""


def test_every_way_to_an_environment_shows_which_gates_hold(house):
    house.settings()
    house.write({"deploy.toml": 'select = ["pipeline-deploys-after-tests"]\n', ".github/workflows/ci.yml": WORKFLOW})
    result = house.run("--deploy-only", "--deploy-report", "json:gate.json")
    result.stdout.fnmatch_lines(
        [
            " release paths",
            "   push main ─ tests ✗ ─ staging ✗ ─ approval ✓ ─ production",
            "   push main ─ tests ✓ ─ staging",
        ]
    )
    paths = house.read_report()["release_paths"]
    assert [[(step["name"], step["mark"]) for step in path] for path in paths] == [
        [("push main", ""), ("tests", "holds"), ("staging", "")],
        [("push main", ""), ("tests", "missing"), ("staging", "missing"), ("approval", "holds"), ("production", "")],
    ]


def test_where_no_pipeline_is_judged_there_are_none(house):
    house.write({".github/workflows/ci.yml": WORKFLOW})
    assert house.report()["release_paths"] == []
