from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.artifacts.image_reference import parse_reference


@pytest.mark.parametrize(
    ("text", "registry", "name", "tag", "digest"),
    [
        ("python", "", "python", "", ""),
        ("docker.io/library/python:3.13", "", "python", "3.13", ""),
        ("ghcr.io/astral-sh/uv:0.5", "ghcr.io", "astral-sh/uv", "0.5", ""),
        ("localhost:5000/a/b", "localhost:5000", "a/b", "", ""),
        ("a/b:1@sha256:ab", "", "a/b", "1", "sha256:ab"),
        ("${REGISTRY}/a:1", "${REGISTRY}", "a", "1", ""),
    ],
)
def test_a_reference_is_taken_apart(text: str, registry: str, name: str, tag: str, digest: str) -> None:
    found = parse_reference(text)

    assert (found.registry, found.name, found.tag, found.digest) == (registry, name, tag, digest)


@pytest.mark.parametrize(
    "text",
    [
        "python:3.13-slim",
        "node:22-alpine",
        "postgres:16",
        "a/b:v1",
        "a/b:nightly-2026-01-02",
        "a/b:1f9d2c7",
        "a/b@sha256:ab",
        "a/b:latest@sha256:ab",
        "gcr.io/distroless/nodejs24-debian12",
        "debian:bookworm-slim",
        "ubuntu:noble",
        "mcr.microsoft.com/playwright:v1.62.1-noble",
    ],
)
def test_a_version_or_digest_is_pinned(text: str) -> None:
    assert parse_reference(text).floating == ""


@pytest.mark.parametrize(
    "text",
    [
        "python",
        "a/b:latest",
        "a/b:latest-rust-1.80",
        "a/b:alpine-latest",
        "node:lts",
        "nginx:mainline-alpine",
        "python:slim-bookworm",
        "php:fpm-alpine",
        "a/b:main",
        "debian:sid",
        "a/b:linux-amd64",
        "gcr.io/distroless/static:nonroot",
    ],
)
def test_an_alias_floats(text: str) -> None:
    assert parse_reference(text).floating


@pytest.mark.parametrize("text", ["a:{{ tag }}", "a:set-me", "{{registry}}/a:1", "a:$TAG", "a:${TAG}", "a:<version>"])
def test_a_template_is_a_placeholder(text: str) -> None:
    assert parse_reference(text).placeholder


@given(st.text(max_size=40))
def test_any_text_gives_a_reference(text: str) -> None:
    assert parse_reference(text).text == text
