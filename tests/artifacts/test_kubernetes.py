"""Kubernetes manifests and Helm charts: containers, images, probes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.artifacts.kubernetes import charts, workloads
from pytest_deploy.tree import Tree


def tree(folder: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return Tree(folder)


_POD = """
      initContainers: [{name: wait, image: busybox:1}]
      containers:
        - name: web
          image: registry.example.org/app:1
          command: [serve]
          args: [--port, "80"]
          readinessProbe: {httpGet: {path: /ready, port: http}}
          livenessProbe: {tcpSocket: {port: 8080}}
"""


def test_a_deployment_has_its_containers_with_their_probes(tmp_path: Path) -> None:
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:{_POD}"
    (found,) = workloads(tree(tmp_path, {"k8s/web.yaml": text}))
    assert (found.kind, found.name) == ("Deployment", "web")
    assert [(one.name, one.image, one.role, one.command, one.arguments) for one in found.containers] == [
        ("wait", "busybox:1", "init", (), ()),
        ("web", "registry.example.org/app:1", "main", ("serve",), ("--port", "80")),
    ]
    assert [(probe.kind, probe.path, probe.port, probe.place.line) for probe in found.containers[1].probes] == [
        ("readiness", "/ready", "http", 13),
        ("liveness", "", "8080", 14),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Pod", "spec: {containers: [{name: a}]}"),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}}"),
        ("Job", "spec: {template: {spec: {containers: [{name: a}]}}}"),
    ],
)
def test_each_kind_keeps_its_pod_where_it_does(tmp_path: Path, kind: str, text: str) -> None:
    (found,) = workloads(tree(tmp_path, {"a.yml": f"---\napiVersion: v1\nkind: {kind}\n{text}\n"}))
    assert [one.name for one in found.containers] == ["a"]


def test_lists_and_several_documents_are_read_and_other_kinds_left_out(tmp_path: Path) -> None:
    text = (
        "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: List\nitems:\n"
        "  - {apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"
    )
    assert [one.name for one in workloads(tree(tmp_path, {"a.yml": text, "broken.yml": "apiVersion: v1\nkind: Pod\n  x: ["}))] == ["a", "b"]


def test_a_chart_tells_what_its_templates_say_literally(tmp_path: Path) -> None:
    files = {
        "chart/Chart.yaml": "name: app\n",
        "chart/values.yaml": "image:\n  repository: ghcr.io/o/app\nreadinessProbe: {}\n",
        "chart/templates/deployment.yaml": (
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n  - image: nginx:1.27\n    # livenessProbe:\n"
            "    readinessProbe:\n      httpGet: {{ .Values.x }}\n"
        ),
    }
    repository = tree(tmp_path, files)
    (chart,) = charts(repository).values()
    assert chart.images == ("nginx", "ghcr.io/o/app")
    assert [(probe.path, probe.line) for probe in chart.probes] == [("chart/templates/deployment.yaml", 7)]
    assert workloads(repository) == ()
