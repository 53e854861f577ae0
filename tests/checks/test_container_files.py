"""What is copied into images, and which secrets with it."""

from __future__ import annotations

import pytest

from checks.container_runs import lines, outcome

TOKEN = "ghp_" + "q8Zr4Tn1Lw7xB2mK9sYd3Vf6Hj5Gc0PaEuRi"


# --- copy-only-needed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy", ["COPY . /app", "ADD ./ /app", "COPY / /app", "COPY * /app/", 'COPY [".", "/app"]', "copy --chown=1:1 . ."]
)
def test_the_whole_context_needs_an_ignore_file(copy: str) -> None:
    assert lines("copy_only_needed", f"FROM debian:12\n{copy}\n") == (2,)


@pytest.mark.parametrize("copy", ["COPY src /app", "COPY ./package.json ./", "ADD https://x.org/a /a", "COPY --from=a:1 . /x"])
def test_a_selection_does_not(copy: str) -> None:
    assert lines("copy_only_needed", f"FROM debian:12\n{copy}\n") == ()


@pytest.mark.parametrize(
    ("ignore", "found"),
    [(".git\n.env\n", ()), ("**/.git\n**/.env*\n", ()), ("*\n!src\n", ()), (".git\nenv*\n", (2,)), (".env\n", (2,)), ("", (2,))],
)
def test_the_ignore_file_keeps_out_history_and_secrets(ignore: str, found: tuple[int, ...]) -> None:
    assert lines("copy_only_needed", "FROM debian:12\nCOPY . /app\n", ignore=ignore) == found


def test_copy_may_exclude_by_itself() -> None:
    assert lines("copy_only_needed", "FROM debian:12\nCOPY --exclude=.git --exclude=.env* . /app\n") == ()


def test_a_context_below_the_root_has_no_history() -> None:
    found = outcome("copy_only_needed", "FROM debian:12\nCOPY . /app\n", subject="api/Dockerfile")

    assert found.findings[0].hint == "Keep .env out in a .dockerignore, or copy only what is needed."


def test_the_finding_says_where_the_whole_context_came_in() -> None:
    text = "FROM debian:12 AS build\nCOPY . /src\nFROM debian:12\nCOPY --from=build {} /out\n"

    assert lines("copy_only_needed", text.format("/src")) == (2,)
    assert lines("copy_only_needed", text.format("/src/bin")) == ()


# --- no-secrets-in-image ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instruction",
    [
        "ENV DB_PASSWORD=q8Zr4Tn1Lw7x",
        'ENV A=b DB_PASSWORD="q8Zr4Tn1Lw7x"',
        "ENV DB_PASSWORD q8Zr4Tn1Lw7x",
        "ARG DB_PASSWORD=q8Zr4Tn1Lw7x",
        f"LABEL note={TOKEN}",
        f"RUN git clone https://x:{TOKEN}@github.com/a/b",
        "RUN export DB_PASSWORD=q8Zr4Tn1Lw7x && ./migrate",
        "RUN DB_PASSWORD=q8Zr4Tn1Lw7x ./migrate",
    ],
)
def test_a_literal_secret_is_found(instruction: str) -> None:
    assert lines("no_secrets_in_image", f"FROM debian:12\n{instruction}\n") == (2,)


@pytest.mark.parametrize(
    "instruction",
    [
        "ENV DB_PASSWORD=",
        "ENV DB_PASSWORD=changeme",
        "ENV DB_PASSWORD_FILE=/run/secrets/db",
        "ENV NEXT_PUBLIC_KEY=abc",
        "RUN SECRET_KEY=build-key ./collectstatic",
        "RUN --mount=type=secret,id=t,env=TOKEN ./fetch",
        "ARG TOKEN",
        "ARG SECRET_KEY=dummy\nRUN ./build",
        "COPY .env.example /app/",
        "COPY keys/ca-cert.pem /etc/ssl/",
    ],
)
def test_what_is_no_secret_is_not(instruction: str) -> None:
    assert lines("no_secrets_in_image", f"FROM debian:12\n{instruction}\n") == ()


def test_an_argument_is_found_with_the_run_that_is_given_it() -> None:
    found = outcome("no_secrets_in_image", "FROM debian:12\nARG NPM_TOKEN\nRUN a\nRUN echo ${NPM_TOKEN} > .npmrc\n").findings[0]

    assert found.place.line == 2
    assert [related.place.line for related in found.related] == [4]


def test_an_argument_of_a_build_stage_is_in_its_history() -> None:
    assert lines("no_secrets_in_image", "FROM a:1 AS b\nARG NPM_TOKEN\nRUN npm ci\nFROM a:1\nCOPY --from=b /a /a\n") == (2,)


def test_an_env_keeps_the_value_of_an_argument() -> None:
    assert lines("no_secrets_in_image", "FROM a:1\nARG API_TOKEN\nENV API_TOKEN=$API_TOKEN\n") == (2,)


@pytest.mark.parametrize("source", [".env", "./config/.env.production", "id_rsa", ".aws/", "server.key", ".netrc", "kubeconfig", ".npmrc"])
def test_files_that_hold_secrets_stay_out(source: str) -> None:
    assert lines("no_secrets_in_image", f"FROM debian:12\nCOPY {source} /app/\n") == (2,)


def test_a_tracked_file_is_judged_by_what_it_holds() -> None:
    assert lines("no_secrets_in_image", "FROM node:22\nCOPY package.json .npmrc ./\n", npmrc="engine-strict=true\n") == ()
    assert lines("no_secrets_in_image", "FROM node:22\nCOPY .npmrc ./\n", npmrc="//r.org/:_authToken=${NPM_TOKEN}\n") == ()
    assert lines("no_secrets_in_image", "FROM node:22\nCOPY .npmrc ./\n", npmrc="//r.org/:_authToken=q8Zr4Tn1Lw7x\n") == (2,)
    assert lines("no_secrets_in_image", "FROM node:22\nCOPY .env ./\n", env="PORT=80\n") == ()
    assert lines("no_secrets_in_image", "FROM node:22\nCOPY .env ./\n", env="DB_PASSWORD=q8Zr4Tn1Lw7x\n") == (2,)


def test_a_live_token_is_required_in_a_dockerfile_for_development_too() -> None:
    found = outcome("no_secrets_in_image", f"FROM debian:12\nENV A={TOKEN}\nENV B=1\n", subject="Dockerfile.dev")

    assert [finding.advisory for finding in found.findings] == [False]


def test_a_message_never_shows_the_secret() -> None:
    found = outcome(
        "no_secrets_in_image", f"FROM debian:12\nENV DB_PASSWORD=q8Zr4Tn1Lw7x\nRUN curl -H 'Authorization: {TOKEN}' https://x.org\n"
    )

    text = " ".join(finding.message + finding.hint for finding in found.findings)
    assert found.lines == (2, 3)
    assert "q8Zr4Tn1Lw7x" not in text
    assert TOKEN not in text


# --- copied-files-owned, healthcheck-declared ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copy", "found"),
    [
        ("COPY . /app", (3,)),
        ("COPY --chown=app . /app", ()),
        ("COPY --chmod=a=rX . /app", ()),
        ("COPY . /app\nRUN chown -R app /app", ()),
        ("COPY static /srv/static", ()),
        ("COPY package.json .", ()),
    ],
)
def test_the_folder_that_a_process_works_in_belongs_to_it(copy: str, found: tuple[int, ...]) -> None:
    assert lines("copied_files_owned", f"FROM debian:12\nWORKDIR /app\n{copy}\nUSER app\n") == found


def test_root_owns_what_it_runs() -> None:
    assert outcome("copied_files_owned", "FROM debian:12\nWORKDIR /app\nCOPY . .\n").outcome == "not-applicable"


def test_a_healthcheck_is_inherited_and_can_be_switched_off() -> None:
    assert lines("healthcheck_declared", "FROM a:1 AS b\nHEALTHCHECK CMD x\nFROM b\n") == ()
    assert lines("healthcheck_declared", "FROM a:1 AS b\nHEALTHCHECK CMD x\nFROM b\nHEALTHCHECK NONE\n") == (4,)
