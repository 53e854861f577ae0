"""Repositories of any size: services with a Dockerfile and a workflow that takes them to production."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from benchmarks.measuring import PYTEST, Command, run

DOCKERFILE = """\
# syntax=docker/dockerfile:1.17
FROM python:3.13.7-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /app/venv
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \\
    /app/venv/bin/pip install --require-hashes --requirement requirements.txt

FROM python:3.13.7-slim-bookworm
ARG COMMIT=unknown
ENV COMMIT=$COMMIT PATH=/app/venv/bin:$PATH
RUN useradd --system --uid 10001 --no-create-home {name}
WORKDIR /app
COPY --from=build --chown=10001:10001 /app/venv ./venv
COPY --chown=10001:10001 src ./src
USER 10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-m", "src.health"]
CMD ["uvicorn", "src.app:app", "--host", "0.0.0.0", "--port", "8000"]
"""

WORKFLOW = """\
name: {name}
on:
  push:
    branches: [main]
    paths: ["services/{name}/**"]
permissions:
  contents: read
env:
  IMAGE: ghcr.io/example/{name}:${{{{ github.sha }}}}
jobs:
  test:
    runs-on: ubuntu-24.04
    defaults:
      run:
        working-directory: services/{name}
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.13"
      - run: pip install --require-hashes --requirement requirements.txt
      - run: ruff check
      - run: mypy src
      - run: pytest
      - run: pip-audit --requirement requirements.txt
  build:
    needs: test
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      packages: write
    steps:
      - uses: actions/checkout@v5
      - run: docker build --tag "$IMAGE" services/{name}
      - run: trivy image --exit-code 1 --severity CRITICAL "$IMAGE"
      - run: docker push "$IMAGE"
  staging:
    needs: build
    runs-on: ubuntu-24.04
    environment: staging
    concurrency:
      group: {name}-staging
    steps:
      - run: |
          kubectl --namespace staging set image deployment/{name} {name}="$IMAGE"
          kubectl --namespace staging rollout status deployment/{name} --timeout 5m
      - run: curl --fail --retry 5 https://{name}.staging.example.org/health
  production:
    needs: staging
    runs-on: ubuntu-24.04
    environment: production
    concurrency:
      group: {name}-production
    steps:
      - run: |
          kubectl --namespace production set image deployment/{name} {name}="$IMAGE"
          kubectl --namespace production rollout status deployment/{name} --timeout 5m
      - run: curl --fail --retry 5 https://{name}.example.org/health
      - if: failure()
        run: kubectl --namespace production rollout undo deployment/{name}
"""


def generate(folder: Path, services: int) -> None:
    """Lay out a repository with so many services."""
    folder.mkdir(parents=True)
    for number in range(services):
        name = f"service-{number:04}"
        service = folder / "services" / name
        (service / "src").mkdir(parents=True)
        (service / "Dockerfile").write_text(DOCKERFILE.format(name=name))
        (service / ".dockerignore").write_text("*\n!requirements.txt\n!src\n")
        (service / "requirements.txt").write_text("starlette==0.50.0\nuvicorn==0.38.0\n")
        (service / "src" / "app.py").write_text("app = None\n")
        workflow = folder / ".github" / "workflows" / f"{name}.yml"
        workflow.parent.mkdir(parents=True, exist_ok=True)
        workflow.write_text(WORKFLOW.format(name=name))
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Services"]):
        subprocess.run([*git, *words], cwd=folder, check=True)


def gate(folder: Path, *more: str) -> Command:
    """The gate alone over a repository; findings are no matter here."""
    return Command((*PYTEST, "--deploy-only", f"--rootdir={folder}", *more), folder, exits=(0, 1))


def items(folder: Path) -> int:
    """How many items the gate has there."""
    report = folder.parent / f"{folder.name}.json"
    run(gate(folder, f"--deploy-report=json:{report}"))
    return len(json.loads(report.read_text(encoding="utf-8"))["checks"])


def with_items(folder: Path, wanted: int) -> tuple[Path, int]:
    """A repository with about so many items, and how many it has."""
    for services in (1, 3):
        generate(folder / f"probe-{wanted}-{services}", services)
    one, three = (items(folder / f"probe-{wanted}-{services}") for services in (1, 3))
    each = (three - one) / 2
    repository = folder / f"items-{wanted}"
    generate(repository, max(round((wanted - one) / each) + 1, 1))
    return repository, items(repository)
