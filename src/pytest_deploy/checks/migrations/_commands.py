"""The commands that apply migrations, and where they stand outside of pipelines: at the start of a container, in a release phase, in
hooks of a deploy, in the program itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_deploy.artifacts.purpose import purpose
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

COMMANDS = {
    "alembic": r"\balembic\b[^|;&\n]*\bupgrade\b|\bflask\b[^|;&\n]*\bdb\s+upgrade\b|\.py\s+db\s+upgrade\b",
    "django": r"(?:\bmanage\.py|\bdjango-admin|\bdjango|\bmanage)\s+(?:\S+\s+)?(?:migrate|migrate_schemas|multi_migrate)(?=\s|$)",
    "prisma": r"\bprisma\b[^|;&\n]*\bmigrate\s+deploy\b",
    "laravel": r"\bartisan\s+(?:\S+\s+)?(?:migrate|tenants:migrate)\b(?![:\w])[^|;&\n]*--force\b",
    "rails": r"\b(?:rails|rake)\b[^|;&\n]*\bdb:(?:migrate(?!:(?:down|reset|status|redo|rollback))|prepare)(?:\b|:)",
    "flyway": r"\bflyway(?:/flyway\S*)?\b[^|;&\n]*\bmigrate\b|\bflyway:migrate\b|\bflywayMigrate\b",
    "golang-migrate": r"\bmigrate\b[^|;&\n]*\s(?:up|goto)\b|\bsqlx\b[^|;&\n]*\bmigrate\s+run\b|\bmigrate/migrate\b",
    "goose": r"\bgoose\b[^|;&\n]*\s(?:up|up-by-one|up-to)\b",
    "dbmate": r"\bdbmate\b[^|;&\n]*\s(?:up|migrate)\b",
    "knex": r"\bknex\b[^|;&\n]*\bmigrate:(?:latest|up)\b",
}
"""What a command that applies a tool's migrations in production looks like, once quotes and brackets are gone."""

PROGRAMS = {
    "alembic": (r".*\.py", r"\bcommand\.upgrade\s*\(|\bupgrade\s*\(\s*\w*(?:config|cfg)\b|\bflask_migrate\b[^\n]*\bupgrade\b"
        r"|\bfrom alembic\.command import upgrade"),
    "django": (r".*\.py", r"call_command\(\s*[\"']migrate[\"']"),
    "prisma": (r".*\.(?:js|cjs|mjs|ts)", r"prisma\b[^\n]{0,40}\bmigrate[\"',\s]+deploy"),
    "laravel": (r".*\.php", r"(?:call|callSilent|callSilently|runCommand)\(\s*[\"']migrate[\"'][^;]*--force"),
    "rails": (r".*\.(?:rb|rake)", r"db:(?:migrate|prepare)[\"'\]]|migration_context\.migrate|MigrationContext"),
    "flyway": (r"(?:.*/)?(?:pom\.xml|build\.gradle(?:\.kts)?|[\w.-]+\.versions\.toml)|.*\.(?:java|kt)",
        r"flyway-core|\bflyway[-\w]*\s*=|Flyway\.configure"),
    "golang-migrate": (r".*\.(?:go|rs)", r"golang-migrate/migrate|\bmigrate!\s*\("),
    "goose": (r".*\.go", r"\bgoose\.(?:Up|NewProvider)"),
    "dbmate": (r".*\.go", r"\bdbmate\.New\b|CreateAndMigrate"),
    "knex": (r".*\.(?:js|cjs|mjs|ts)", r"\bmigrate\.latest\s*\("),
}  # fmt: skip
"""How a program applies them by itself: (its files, what stands in them)."""

_WORDS = re.compile(r"migrat|upgrade|db:prepare", re.IGNORECASE)
_TESTS = re.compile(
    r"(?:.*/)?(?:tests?|testing|spec|specs|__tests__|e2e|features)/.*|.*(?:_test|\.test|\.spec|Test|IT)\.\w+|(?:.*/)?(?:conftest|test_\w+)\.py"
)
_STARTING = re.compile(
    r"(?:.*/)?(?:Procfile[\w.-]*|app\.json|(?:[\w-]+\.)?fly(?:\.[\w-]+)?\.toml|render\.yaml|heroku\.yml|manifest[\w.-]*\.ya?ml|railway\.(?:json|toml)"
    r"|nixpacks\.toml|\.platform\.app\.yaml|app\.ya?ml|apprunner\.yaml|scalingo\.json|uwsgi[\w.-]*\.ini|supervisord?[\w.-]*\.(?:conf|ini)"
    r"|[\w.-]*task[-_]?def[\w.-]*\.json|[\w.-]*\.service|copilot/.*\.yml|deploy\.rb|Capfile)"
    r"|(?:.*/)?(?:\.ebextensions|\.platform|s6-rc\.d|cont-init\.d|init\.d|rc\.d|etc)/.*"
    r"|(?:.*/)?(?:(?:docker-)?compose[\w.-]*|stack[\w.-]*)\.ya?ml"
    r"|(?:.*/)?(?:charts?|helm[\w-]*|k8s|kubernetes|kubectl[\w-]*|manifests|deploy[\w-]*|kustomize|infra\w*|openshift|argocd|gitops)/.*\.(?:ya?ml|tpl|json|tf)"
    r"|.*\.tf|(?:.*/)?app/manifest\.ya?ml",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r".*\.(?:sh|bash)|(?:.*/)?(?:bin|scripts?|docker|\.docker|deploy|build|hooks?)/(?:.*/)?[\w.-]+|(?:.*/)?(?:[\w-]*entrypoint|start|run|boot|release|predeploy|prestart)[\w-]*"
)
_BY_NAME = re.compile(r"[\w.-]*(?:entry-?_?point|prestart|pre-start|start|boot|release|deploy|run|launch|init|migrat)[\w.-]*")
_AT_HOME = re.compile(
    r"(?:.*/)?(?:setup|update|bootstrap-dev|[\w.-]*(?:local|lint|check|test|dev(?!ops)|seed|reset)[\w.-]*)|.*template.*", re.IGNORECASE
)
"""Scripts for the machines of those who write the code."""
_UNREAD = re.compile(r".*\.(?:py|rb|js|ts|php|go|rs|md|rst|txt|png|svg|lock|java|kt)$")


@dataclass(frozen=True, slots=True)
class Applies:
    """A place that applies migrations when something starts or is released: ``how`` it comes to run."""

    tool: str
    place: Place
    how: str


def plain(line: str) -> str:
    """A line without the quotes, brackets and commas of lists, and without a comment."""
    stripped = line.strip()
    if stripped.startswith(("#", "//", "{{/*", "<!--", "REM ")):
        return ""
    return re.sub(r"[\"'\[\],`\\]+", " ", re.sub(r"\s#\s.*", "", stripped))


@functools.lru_cache(maxsize=1)
def started(repository: Repository, tools: frozenset[str]) -> tuple[Applies, ...]:
    """Where migrations are applied outside of pipelines."""
    tree = repository.tree
    dockerfiles = {path for path, one in repository.dockerfiles.items() if not one.development}
    direct: list[Applies] = []
    mentioned: list[str] = []
    for path in tree.files:
        if path in dockerfiles or (_STARTING.fullmatch(path) and purpose(path) != "development"):
            if _TESTS.fullmatch(path) or "template/" in path:
                continue
            text = _text(repository, path)
            mentioned.append(text)
            direct.extend(
                _within(path, text, tools, "when the container starts" if path in dockerfiles else "when it is deployed or starts")
            )
    here = len(mentioned)
    mentioned.extend(_text(repository, path) for path in repository.pipelines)
    scripts = [path for path in tree.files if _is_script(path)]
    for path in scripts:
        name = path.rpartition("/")[2]
        if _BY_NAME.fullmatch(name) or any(_named(name, other) for other in mentioned):
            text = _text(repository, path)
            mentioned.append(text)
            direct.extend(_within(path, text, tools, f"by {name}"))
    if not direct:
        for name, one in scripts_of_packages(repository, tools).items():
            if any(runs_script(text, name) for text in mentioned[:here]):
                direct.append(one)
    if not direct:
        direct.extend(programs(repository, tools))
    return tuple(direct)


def _is_script(path: str) -> bool:
    if not _SCRIPT.fullmatch(path) or _UNREAD.fullmatch(path) or _TESTS.fullmatch(path) or purpose(path) == "development":
        return False
    return not _AT_HOME.fullmatch(path)


def _named(name: str, text: str) -> bool:
    return name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def programs(repository: Repository, tools: frozenset[str], *, tests: bool = False) -> Iterator[Applies]:
    """Where the program applies them by itself; ``tests``: where the tests do."""
    for tool in sorted(tools & set(PROGRAMS)):
        paths, pattern = PROGRAMS[tool]
        for path in repository.tree.matching(paths):
            if bool(_TESTS.fullmatch(path)) is not tests or "/migrations/" in path or path.endswith("/env.py"):
                continue
            text = _text(repository, path)
            match = re.search(pattern, text)
            if match:
                yield Applies(tool, Place(path, text.count("\n", 0, match.start()) + 1), "by the program itself")
                break


def scripts_of_packages(repository: Repository, tools: frozenset[str]) -> Mapping[str, Applies]:
    """The scripts of package.json and composer.json that apply migrations, by name."""
    found = {}
    for path in repository.tree.matching(r"(?:.*/)?(?:package|composer)\.json"):
        for one in _within(path, _text(repository, path), tools, "by a script of the package"):
            name = re.match(r"\s*\"([\w:.-]+)\"\s*:", repository.tree.read(path).line(one.place.line))
            if name:
                found[name.group(1)] = one
    return found


def runs_script(text: str, name: str) -> bool:
    """Whether a text runs a script of a package by its name."""
    pattern = rf"^(?!\s*#).*\b(?:npm|pnpm|yarn|bun|composer|turbo)\b[^\n;&|]*\s[\"']?{re.escape(name)}(?![\w:.-])"
    return name in text and re.search(pattern, text, re.MULTILINE) is not None


def written(repository: Repository, tools: frozenset[str]) -> Iterator[Applies]:
    """Where the text of a pipeline that deploys has the command, in a form whose run is not followed (over SSH, through a variable)."""
    for path, pipeline in repository.pipelines.items():
        if any(repository.release.of(pipeline, "production", "staging", "development", "other", "unknown")):
            yield from _within(path, _text(repository, path), tools, "in the pipeline")


def documented(repository: Repository, tools: frozenset[str]) -> Iterator[Applies]:
    """Where the documentation tells people to."""
    for path in repository.tree.matching(r".*\.(?:md|rst|adoc|txt)"):
        yield from _within(path, _text(repository, path), tools, "by hand, as the documentation says")


def _within(path: str, text: str, tools: frozenset[str], how: str) -> Iterator[Applies]:
    if not _WORDS.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not _WORDS.search(line):
            continue
        written = plain(line)
        for tool in sorted(tools):
            if re.search(COMMANDS[tool], written):
                yield Applies(tool, Place(path, number), how)


def _text(repository: Repository, path: str) -> str:
    try:
        return repository.tree.read(path).text
    except SyntaxProblem:
        return ""
