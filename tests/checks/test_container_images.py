"""Which images are used, and who runs in them."""

from __future__ import annotations

import pytest

from checks.container_runs import lines, outcome


def test_a_default_in_the_reference_counts_for_pinning() -> None:
    assert lines("base_image_pinned", "ARG V\nFROM python:${V:-3.13}\n") == ()
    assert lines("base_image_pinned", "ARG V\nFROM python:${V:-latest}\n") == (2,)


def test_an_argument_without_default_is_unverified() -> None:
    found = outcome("base_image_pinned", "ARG V\nFROM python:$V\n")

    assert found.outcome == "unverified"
    assert found.reason.startswith("unverified: python:$V (Dockerfile:2)")


def test_a_floating_image_weighs_more_than_one_that_is_not_known() -> None:
    assert lines("base_image_pinned", "ARG V\nFROM python:$V\nFROM node\n") == (3,)


def test_an_image_that_the_repository_builds_is_exempt() -> None:
    compose = "services:\n  base:\n    build:\n      context: .\n      dockerfile: docker/base.Dockerfile\n    image: acme/base\n"

    assert lines("base_image_pinned", "FROM acme/base\n", base="FROM debian:12\n", compose=compose) == ()


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ("root", (2,)),
        ("0", (2,)),
        ("0:0", (2,)),
        ("root:app", (2,)),
        ("app:root", ()),
        ("1000", ()),
        ("${U:-app}", ()),
        ("${U:-root}", (2,)),
    ],
)
def test_the_user_is_root_by_name_or_number(user: str, found: tuple[int, ...]) -> None:
    assert lines("nonroot_user", f"FROM debian:12\nUSER {user}\nCMD x\n") == found


def test_a_user_that_only_the_build_knows_is_unverified() -> None:
    assert outcome("nonroot_user", "FROM debian:12\nARG U\nUSER $U\n").outcome == "unverified"


@pytest.mark.parametrize(
    "base",
    [
        "gcr.io/distroless/static-debian12:nonroot",
        "cgr.dev/chainguard/python:3.13",
        "nginxinc/nginx-unprivileged:1.27",
        "mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled",
        "bitnami/redis:7.4",
    ],
)
def test_a_base_known_to_run_without_root_needs_no_user(base: str) -> None:
    assert outcome("nonroot_user", f"FROM {base}\nCMD x\n").outcome == "passed"


def test_which_user_an_image_of_the_house_runs_as_cannot_be_seen() -> None:
    assert outcome("nonroot_user", "FROM registry.acme.org/base/python:3.13\nCMD x\n").outcome == "unverified"
    assert outcome("nonroot_user", "FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCMD x\n").outcome == "failed"


def test_a_stage_that_is_called_a_test_is_not_the_one_that_is_built() -> None:
    text = "FROM debian:12 AS production\nUSER app\nFROM production AS unit_tests\nUSER root\n"

    assert outcome("nonroot_user", text).outcome == "passed"


def test_an_image_of_files_runs_nothing() -> None:
    text = "FROM golang:1.23 AS build\nRUN go build\nFROM scratch\nCOPY --from=build /out /\n"

    assert outcome("nonroot_user", text).outcome == "not-applicable"
    assert outcome("healthcheck_declared", text).outcome == "not-applicable"


def test_a_function_has_the_user_of_its_platform() -> None:
    assert outcome("nonroot_user", "FROM public.ecr.aws/lambda/python:3.13\nCMD x\n").outcome == "not-applicable"


def test_a_dockerfile_for_development_has_advisory_findings() -> None:
    found = outcome("nonroot_user", "FROM debian:12\nCMD x\n", subject="Dockerfile.dev")

    assert [finding.advisory for finding in found.findings] == [True]


def test_the_user_of_an_own_base_counts() -> None:
    compose = "services:\n  base:\n    build:\n      context: .\n      dockerfile: docker/base.Dockerfile\n    image: acme/base\n"

    assert outcome("nonroot_user", "FROM acme/base:1\n", base="FROM debian:12\nUSER app\n", compose=compose).outcome == "passed"
    assert lines("nonroot_user", "FROM acme/base:1\n", base="FROM debian:12\n", compose=compose) == (1,)


def test_the_base_of_own_images_is_judged_where_it_ends_up() -> None:
    compose = "services:\n  base:\n    build:\n      context: .\n      dockerfile: docker/base.Dockerfile\n    image: acme/base\n"

    found = outcome(
        "nonroot_user", "FROM debian:12\n", subject="docker/base.Dockerfile", compose=compose, other="FROM acme/base:1\nUSER a\n"
    )

    assert found.outcome == "not-applicable"


def test_a_command_of_the_parent_is_judged_in_the_stage_that_is_built() -> None:
    assert lines("exec_form_command", "FROM debian:12 AS base\nCMD run it\nFROM base\n") == (2,)
    assert lines("exec_form_command", 'FROM debian:12 AS base\nCMD run it\nFROM base\nCMD ["run"]\n') == ()


def test_the_shell_form_of_a_healthcheck_is_no_command() -> None:
    assert outcome("exec_form_command", "FROM debian:12\nHEALTHCHECK CMD curl x\n").outcome == "not-applicable"


def test_a_low_port_is_found_only_without_root() -> None:
    assert lines("unprivileged_port", "FROM debian:12\nEXPOSE 80 8080\nUSER app\n") == (2,)
    assert lines("unprivileged_port", "FROM debian:12\nEXPOSE 80\n") == ()


@pytest.mark.parametrize(
    "command",
    [
        "curl -fsSL https://x.org/i.sh | sh",
        "curl -fsSL https://x.org/i.sh | sudo -E bash -s -- -y",
        "wget -qO- https://x.org/i.sh | sed s/a/b/ | bash",
        "curl -sS https://getcomposer.org/installer | php -- --install-dir=/bin",
        'bash -c "$(curl -fsSL https://x.org/i.sh)"',
        "bash <(curl -fsSL https://x.org/i.sh)",
    ],
)
def test_a_script_that_is_fetched_and_run_is_found(command: str) -> None:
    assert lines("no_remote_script", f"FROM debian:12\nRUN apt-get update && \\\n    {command}\n") == (3,)


@pytest.mark.parametrize(
    "command",
    [
        "curl -fsSL https://x.org/a.tgz | tar xz",
        "curl -fsSL https://x.org/key | gpg --dearmor -o /k && sh -c 'echo deb > /l'",
        "curl -fsSLo i.sh https://x.org/i.sh && sha256sum -c sums && sh i.sh",
        "curl -f https://x.org || sh fallback.sh",
        "echo x | sh",
    ],
)
def test_what_is_fetched_and_not_run_is_fine(command: str) -> None:
    assert lines("no_remote_script", f"FROM debian:12\nRUN {command}\n") == ()


def test_what_is_added_from_elsewhere_needs_a_checksum() -> None:
    text = "FROM debian:12\nADD https://x.org/a /a\nADD --checksum=sha256:ab https://x.org/b /b\nADD a.tgz /c\n"

    assert lines("no_remote_script", text) == (2,)
