"""What is installed, from what, and whether it ends up in the image."""

from __future__ import annotations

import pytest

from checks.container_runs import lines, outcome

WITH_DEV = '{"devDependencies": {"jest": "29"}}'
WITHOUT_DEV = '{"dependencies": {"express": "4"}}'


def npm(command: str, before: str = "") -> str:
    return f"FROM node:22\nWORKDIR /app\nCOPY package*.json ./\n{before}RUN {command}\n"


# --- no-dev-dependencies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "npm ci --omit=dev",
        "npm ci --omit dev",
        "npm ci --only=production",
        "npm install --production",
        "NODE_ENV=production npm ci",
        "export NODE_ENV=production && npm ci",
        "npm ci && npm run build && npm prune --production",
        "npm ci && npm run build && rm -rf node_modules",
        "npm ci && npm run build && npm ci --omit=dev",
        "yarn install --production --frozen-lockfile",
        "yarn workspaces focus --production",
        "pnpm install --prod --frozen-lockfile",
        "corepack pnpm i -P",
        "bun install --production",
        "npm run build",
        "yarn build",
        "npm install -g pm2@5",
    ],
)
def test_node_without_development_dependencies(command: str) -> None:
    assert lines("no_dev_dependencies", npm(command), package_json=WITH_DEV) == ()


@pytest.mark.parametrize(
    "command",
    [
        "npm ci",
        "npm --prefix /app ci",
        "npm install",
        "yarn",
        "yarn install --immutable",
        "pnpm i --frozen-lockfile",
        "corepack enable && pnpm install",
        "bun install",
        "NODE_ENV=production npm ci --include=dev",
        "npm ci --production=false",
        "sh -c 'npm ci'",
    ],
)
def test_node_with_development_dependencies(command: str) -> None:
    assert lines("no_dev_dependencies", npm(command), package_json=WITH_DEV) == (4,)


def test_a_variable_of_the_stage_counts() -> None:
    assert lines("no_dev_dependencies", npm("npm ci", "ENV NODE_ENV=production\n"), package_json=WITH_DEV) == ()
    assert lines("no_dev_dependencies", npm("npm ci", "ARG NODE_ENV\n"), package_json=WITH_DEV) == (5,)


def test_a_manifest_without_development_dependencies_has_none_to_leave_out() -> None:
    assert lines("no_dev_dependencies", npm("npm ci"), package_json=WITHOUT_DEV) == ()


@pytest.mark.parametrize(
    ("before", "command", "found"),
    [
        ("", "npm add prisma@7", ()),
        ("COPY . .\n", "npm install --prefix $(npm root -g)/tool extra@1", ()),
        ("COPY package.json ./\n", "npm install extra@1", (5,)),
        ("COPY --from=build /app ./\n", "npm install extra@1", (5,)),
        ("COPY --from=build /app/dist ./dist\n", "npm install extra@1", ()),
    ],
)
def test_a_package_that_is_added_by_name_brings_others_only_with_a_manifest(before: str, command: str, found: tuple[int, ...]) -> None:
    text = f"FROM node:22 AS build\nFROM node:22 AS app\nWORKDIR /app\n{before}RUN {command}\n"
    assert lines("no_dev_dependencies", text, package_json=WITH_DEV) == found


def test_the_branch_that_the_arguments_choose_is_the_one_that_runs() -> None:
    text = npm('if [ "$MODE" = "dev" ]; then npm ci; else npm ci --omit=dev; fi', "ARG MODE=prod\n")

    assert lines("no_dev_dependencies", text, package_json=WITH_DEV) == ()
    assert lines("no_dev_dependencies", text.replace("MODE=prod", "MODE=dev"), package_json=WITH_DEV) == (5,)


@pytest.mark.parametrize(
    ("copied", "found"),
    [("/app/dist", ()), ("/app/.next/standalone", ()), ("/app/node_modules", (4,)), ("/app", (4,)), ("/app/", (4,))],
)
def test_what_is_copied_of_a_build_stage_decides(copied: str, found: tuple[int, ...]) -> None:
    text = f"FROM node:22 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node:22-slim\nCOPY --from=build {copied} /srv/\n"

    assert lines("no_dev_dependencies", text, package_json=WITH_DEV) == found


def test_a_stage_that_is_not_built_has_what_it_likes() -> None:
    text = "FROM node:22 AS base\nWORKDIR /app\nFROM base AS dev\nRUN npm ci\nFROM base\nRUN npm ci --omit=dev\n"

    assert lines("no_dev_dependencies", text) == ()


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("pip install -r requirements.txt", ()),
        ("pip install -r requirements-dev.txt", (2,)),
        ("pip install -r requirements/test.txt", (2,)),
        ("python3 -m pip install -r dev-requirements.txt", (2,)),
        ("pip install -e .[dev]", (2,)),
        ("pip install '.[postgres]'", ()),
        ("pip install -r requirements/development.txt -r requirements/base.txt", (2,)),
        ("pip install -r device-requirements.txt", ()),
        ("uv pip install --system -r requirements-dev.txt", (2,)),
        ("uv sync --frozen", (2,)),
        ("uv sync --frozen --no-dev", ()),
        ("UV_NO_DEV=1 uv sync", ()),
        ("poetry install", (2,)),
        ("poetry install --only main", ()),
        ("poetry install --without dev,test", ()),
        ("poetry install --only=main,dev", (2,)),
        ("pdm sync --prod", ()),
        ("pipenv install --dev --deploy", (2,)),
        ("pipenv sync", ()),
        ("composer install", (2,)),
        ("composer install --no-dev", ()),
        ("php composer.phar install", (2,)),
        ("bundle install", (2,)),
        ("bundle config set --local without 'development test' && bundle install", ()),
        ("BUNDLE_WITHOUT=development:test bundle install", ()),
        ("bundle exec rake assets:precompile", ()),
    ],
)
def test_other_package_managers(command: str, found: tuple[int, ...]) -> None:
    assert lines("no_dev_dependencies", f"FROM debian:12\nRUN {command}\n") == found


def test_a_base_of_the_house_may_set_the_switch() -> None:
    text = "FROM ghcr.io/acme/ruby-builder:3.3\nRUN bundle install\n"

    found = outcome("no_dev_dependencies", text)

    assert found.outcome == "unverified"
    assert "BUNDLE_WITHOUT" in found.reason
    assert lines("no_dev_dependencies", text.replace("RUN", "ENV BUNDLE_WITHOUT=docs\nRUN").replace("docs", "")) == (3,)


def test_a_requirements_file_is_known_by_its_name_in_the_repository() -> None:
    text = "FROM python:3.13\nWORKDIR /app\nCOPY requirements-dev.txt requirements.txt\nRUN pip install -r requirements.txt\n"

    assert lines("no_dev_dependencies", text) == (4,)


def test_optional_groups_are_not_installed() -> None:
    manifest = '[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\nmkdocs = "1"\n'
    text = "FROM python:3.13\nWORKDIR /app\nCOPY pyproject.toml ./\nRUN poetry install\n"

    assert lines("no_dev_dependencies", text, pyproject=manifest) == ()
    assert lines("no_dev_dependencies", text, pyproject=manifest.replace("optional = true", "")) == (4,)


def test_a_virtual_environment_that_is_copied_brings_what_is_in_it() -> None:
    text = (
        "FROM python:3.13 AS build\nENV VIRTUAL_ENV=/opt/venv\nRUN pip install -r requirements-dev.txt\n"
        "FROM python:3.13-slim\nCOPY --from=build {} /opt/venv\n"
    )

    assert lines("no_dev_dependencies", text.format("/opt/venv")) == (3,)
    assert lines("no_dev_dependencies", text.format("/app/dist")) == ()


def test_site_packages_that_are_copied_bring_what_is_in_them() -> None:
    text = (
        "FROM python:3.13 AS build\nRUN pip install -r requirements-dev.txt\n"
        "FROM python:3.13-slim\nCOPY --from=build /usr/local/lib/python3.13/site-packages /usr/local/lib/python3.13/site-packages\n"
    )

    assert lines("no_dev_dependencies", text) == (2,)


# --- lockfile-install ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("npm ci", ()),
        ("npm install", (2,)),
        ("npm i --omit=dev", (2,)),
        ("yarn install --frozen-lockfile", ()),
        ("yarn --immutable", ()),
        ("yarn", (2,)),
        ("CI=true yarn install", ()),
        ("pnpm i", (2,)),
        ("pnpm fetch", ()),
        ("bun install --production", ()),
        ("bun install", (2,)),
        ("uv sync --frozen", ()),
        ("uv sync", (2,)),
        ("UV_LOCKED=1 uv sync", ()),
        ("pipenv install --deploy", ()),
        ("pipenv install", (2,)),
        ("npm install -g pm2", (2,)),
        ("npm install -g pm2@latest", (2,)),
        ("npm install -g pm2@^5", (2,)),
        ("npm install -g pm2@5.4.3", ()),
        ("npm install -g @nestjs/cli@10", ()),
        ("npm install -g pnpm@$PNPM_VERSION", ()),
        ("pip install --upgrade pip setuptools wheel", ()),
        ("pip install gunicorn", (2,)),
        ("pip install gunicorn==23.0", ()),
        ("pip install -r requirements.txt", ()),
        ("pip install .", ()),
        ("pip install -c constraints.txt gunicorn", ()),
        ("uv tool install ruff@0.6.1", ()),
        ("go install example.org/x@latest", (2,)),
        ("go install example.org/x@v1.2.3", ()),
        ("go install ./cmd/x", ()),
        ("gem install bundler", (2,)),
        ("gem install bundler -v 2.5.0", ()),
        ("cargo install --path .", ()),
        ("cargo install sqlx-cli", (2,)),
        ("corepack prepare pnpm@latest --activate", (2,)),
        ("corepack enable", ()),
        ("apt-get install -y curl", ()),
    ],
)
def test_installs_hold_to_the_lock_or_name_a_version(command: str, found: tuple[int, ...]) -> None:
    assert lines("lockfile_install", f"FROM debian:12\nRUN {command}\n") == found


def test_an_argument_that_gives_the_version_is_looked_at() -> None:
    text = "FROM node:22\nARG PNPM_VERSION={}\nRUN npm install -g pnpm@${{PNPM_VERSION}}\n"

    assert lines("lockfile_install", text.format("9.1.0")) == ()
    assert lines("lockfile_install", text.format("latest")) == (3,)


@pytest.mark.parametrize(("copied", "found"), [("Gemfile", (4,)), ("Gemfile Gemfile.lock", ()), ("Gemfile*", ()), ("Gemfile* config", ())])
def test_bundler_needs_its_lock(copied: str, found: tuple[int, ...]) -> None:
    text = f"FROM ruby:3.3\nWORKDIR /app\nCOPY {copied} ./\nRUN bundle install\n"

    assert lines("lockfile_install", text) == found


def test_a_lock_that_comes_with_the_whole_context_is_there() -> None:
    text = "FROM php:8.4\nWORKDIR /app\nCOPY . .\nRUN composer install --no-dev\n"

    assert lines("lockfile_install", text, composer_json="{}", composer_lock="{}") == ()
    assert lines("lockfile_install", text, composer_json="{}") == (4,)


def test_a_lock_that_is_mounted_is_there() -> None:
    text = (
        "FROM python:3.13\nWORKDIR /app\n"
        "RUN --mount=type=bind,source=pyproject.toml,target=pyproject.toml --mount=type=bind,source=poetry.lock,target=poetry.lock \\\n"
        "    poetry install --only main\n"
    )

    assert outcome("lockfile_install", text, pyproject="", poetry_lock="").outcome == "passed"


def test_the_stages_that_the_image_is_built_with_count() -> None:
    text = "FROM node:22 AS deps\nRUN npm install\nFROM node:22 AS build\nCOPY --from=deps /a /a\nFROM nginx:1\nCOPY --from=build /b /b\n"

    assert lines("lockfile_install", text) == (2,)


def test_here_documents_are_scripts_too() -> None:
    assert lines("lockfile_install", "FROM node:22\nRUN <<EOF\nset -e\nnpm install\nEOF\n") == (4,)
