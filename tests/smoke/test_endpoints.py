"""Which endpoints are asked, and who asks for them."""

from __future__ import annotations

import pytest

from pytest_deploy.places import Place
from pytest_deploy.smoke.endpoints import Plan, plan
from smoke.deployments import plan_of, repository


def health(plan: Plan) -> list[tuple[str, str]]:
    return [(one.name, f"{one.place.path}:{one.place.line}") for one in plan.health]


def test_without_anything_it_is_health():
    assert health(plan_of()) == [("GET /health", "smoke:1")]


def test_settings_have_the_first_word():
    plan = plan_of(
        'target = "staging"\n[health]\npath = "/up"\n', {"Dockerfile": "FROM a:1\nHEALTHCHECK CMD curl -f http://localhost/no\n"}
    )
    assert health(plan) == [("GET /up", "deploy.toml:2")]


def test_entries_stand_at_their_lines_and_are_told_apart():
    text = '[[smoke]]\npath = "/a"\n\n[[smoke]]\npath = "/a"\nmethod = "post"\n[[tool.pytest-deploy.smoke]]\npath = "/a"\n'
    plan = plan_of(text.replace("[[tool.pytest-deploy.smoke]]", "[[smoke]]"))
    assert [(one.name, one.place) for one in plan.endpoints] == [
        ("GET /a", Place("deploy.toml", 1)),
        ("POST /a", Place("deploy.toml", 4)),
        ("GET /a #2", Place("deploy.toml", 7)),
    ]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("deploy.toml", 'version = { path = "/v" }\n', 1),
        ("deploy.toml", 'target = "x"\n[ version ] # where\npath = "/v"\n', 2),
        ("pyproject.toml", '[project]\nversion = "1.4.0"\n\n[tool.pytest-deploy.version]\npath = "/v"\n', 4),
        ("pyproject.toml", '[project]\nversion = "1.4.0"\n[tool."pytest-deploy"]\nversion.path = "/v"\n', 4),
    ],
)
def test_a_table_stands_where_it_is_in_our_settings_and_not_in_those_of_others(path: str, text: str, line: int):
    with repository({}, 'version = { path = "/v" }\n') as one:
        assert plan(one, path, text).place("version") == Place(path, line)


def test_whoever_lists_endpoints_has_no_guessed_health():
    plan = plan_of('[[smoke]]\npath = "/a"\nmethod = "POST"\n[[smoke]]\npath = "/b"\n')
    assert plan.health == ()
    assert plan.waiting_path == "/b"


def test_a_secret_in_a_path_is_not_in_its_name():
    plan = plan_of('[[smoke]]\npath = "/a?token=canary-canary"\n')
    assert plan.endpoints[0].name == "GET /a?token=ca…(13 characters)"


PROBES = """
kind: Deployment
apiVersion: apps/v1
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
        - name: shop
          image: shop
          livenessProbe:
            httpGet: {path: /livez, port: http}
          readinessProbe:
            httpGet: {path: /readyz, port: 8080}
          startupProbe:
            httpGet: {path: /private, port: metrics}
        - name: sidecar
          image: shop
          livenessProbe:
            tcpSocket: {port: 1}
"""


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"k8s/app.yaml": PROBES}, [("GET /readyz", "k8s/app.yaml:14"), ("GET /livez", "k8s/app.yaml:12")]),
        ({"k8s/job.yaml": PROBES.replace("kind: Deployment", "kind: Job")}, [("GET /health", "smoke:1")]),
        (
            {"Dockerfile": "FROM a:1\nHEALTHCHECK --interval=5s CMD curl http://127.0.0.1:${PORT:-8000}/healthz || exit 1\n"},
            [("GET /healthz", "Dockerfile:2")],
        ),
        ({"Dockerfile": 'FROM a:1\nHEALTHCHECK CMD ["wget", "-qO-", "localhost:3000"]\n'}, [("GET /", "Dockerfile:2")]),
        ({"Dockerfile": "FROM a:1\nHEALTHCHECK CMD curl http://auth.example/health\n"}, [("GET /health", "smoke:1")]),
        ({"Dockerfile": "FROM a:1\nHEALTHCHECK CMD pg_isready -h localhost\n"}, [("GET /health", "smoke:1")]),
        (
            {
                "compose.yml": "services:\n  web:\n    build: .\n    healthcheck:\n      test: curl -f http://localhost:8000/ping/\n"
                "  store:\n    image: minio/minio:1\n    healthcheck:\n      test: [CMD, curl, 'http://localhost:9000/minio/health/live']\n",
                "Dockerfile": "FROM a:1\n",
            },
            [("GET /ping/", "compose.yml:5")],
        ),
        (
            {
                "openapi.json": '{"openapi": "3.1.0", "servers": [{"url": "https://api.example/v1"}],\n "paths": {"/users": {"get": {}},\n'
                ' "/health": {"get": {}}, "/teams/{id}/health": {"get": {}}, "/ping": {"post": {}}}}'
            },
            [("GET /v1/health", "openapi.json:3")],
        ),
        (
            {"docs/swagger.yaml": "swagger: '2.0'\nbasePath: /api\npaths:\n  /healthz:\n    get: {}\n"},
            [("GET /api/healthz", "docs/swagger.yaml:4")],
        ),
        ({"tests/openapi.yaml": "openapi: 3.1.0\npaths:\n  /healthz:\n    get: {}\n"}, [("GET /health", "smoke:1")]),
        ({"render.yaml": "services:\n  - type: web\n    healthCheckPath: /status\n"}, [("GET /status", "render.yaml:3")]),
        (
            {
                "chart/Chart.yaml": "name: shop\n",
                "chart/templates/app.yaml": "kind: {{ .Values.kind }}\n    livenessProbe:\n      httpGet:\n        path: /live\n"
                "    readinessProbe:\n      httpGet:\n        path: {{ .Values.path }}\n",
            },
            [("GET /live", "chart/templates/app.yaml:2")],
        ),
    ],
)
def test_what_a_repository_declares(files, found):
    assert health(plan_of("", files)) == found


def test_the_same_path_is_asked_once():
    files = {"k8s/app.yaml": PROBES.replace("/livez", "/readyz/"), "Dockerfile": "FROM a:1\nHEALTHCHECK CMD curl localhost:1/readyz\n"}
    assert health(plan_of("", files)) == [("GET /readyz", "k8s/app.yaml:14")]
