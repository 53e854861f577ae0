"""Where a job brings a stranger's code onto its machine, and where it runs what came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_deploy.pipelines.model import Step, Template
from pytest_deploy.pipelines.untrusted import names_code
from pytest_deploy.places import Place
from pytest_deploy.secrets.tables import words
from pytest_deploy.syntax import shell

_CHECKOUT = re.compile(r"(?:[\w.-]+/)?[\w.-]*checkout[\w.-]*", re.IGNORECASE)
_PULL = re.compile(
    r"\b(?:gh|hub)\s+(?:pr|co)\s+checkout\b|\bhub\s+checkout\b|\bglab\s+mr\s+checkout\b|\bgit\b[^\n]*\b(?:refs/)?pull/[^\s]*/(?:head|merge)\b"
)
_GIT_TAKES = re.compile(r"\bgit\b[^\n;|&]*\b(?:checkout|switch|fetch|pull|merge|clone|reset|worktree)\b")
_RUNS = words(
    """
    npm npx pnpm pnpx yarn bun bunx deno node ts-node tsx python python3 py pip pip3 pipx pipenv poetry uv uvx tox nox
    pytest pre-commit hatch make cmake ninja meson bazel bazelisk cargo go mvn mvnw gradle gradlew ant sbt lein ruby bundle
    rake rails rspec gem php composer artisan dotnet msbuild nuget swift xcodebuild fastlane flutter dart mix elixir rebar3
    stack cabal ghc just task mage earthly dagger terraform tofu terragrunt pulumi ansible-playbook helmfile skaffold
    docker podman buildah docker-compose buildctl eslint prettier jest vitest tsc webpack vite next nx turbo lerna gulp
    grunt jekyll hugo mkdocs sphinx-build vercel wrangler netlify serverless sam cdk cargo-make perl lua Rscript julia nix
    nix-build devbox
    """
)
"""Programs that run what the files around them say: build scripts, hooks of installers, configuration that is code."""
_SHELLS = frozenset({"bash", "sh", "zsh", "dash", "source", ".", "pwsh", "chmod"})
_HARMLESS = {
    "docker": {"login", "logout", "pull", "push", "tag", "images", "version", "info", "inspect", "manifest"},
    "podman": {"login", "logout", "pull", "push", "tag", "images", "version", "info", "inspect", "manifest"},
    "npm": {"config", "view", "whoami", "ping", "set", "get"},
    "yarn": {"config", "cache"},
    "pnpm": {"config", "store"},
    "poetry": {"config", "self"},
    "skaffold": {"config", "version"},
    "terraform": {"fmt", "version"},
    "pulumi": {"login", "version"},
    "dotnet": {"--info", "nuget"},
}
"""What of them only sets up, looks up or hands over."""
_BUILDERS = re.compile(
    r"docker/(?:build-push-action|bake-action)|pre-commit/action|cypress-io/github-action|bahmutov/npm-install|borales/actions-yarn|"
    r"gradle/(?:gradle-build-action|actions)|eskatos/gradle-command-action|cloudflare/(?:wrangler-action|pages-action)|chromaui/action|"
    r"amondnet/vercel-action|pulumi/actions|golangci/golangci-lint-action|goreleaser/goreleaser-action|wagoid/commitlint-github-action|"
    r"shivammathur/composer|ramsey/composer-install|actions-rs/cargo|pypa/cibuildwheel|changesets/action|andresz1/size-limit-action|"
    r"preactjs/compressed-size-action|treosh/lighthouse-ci-action|redhat-actions/buildah-build|whoan/docker-build-with-cache-action|"
    r"elgohr/publish-docker-github-action|mr-smithers-excellent/docker-build-push",
    re.IGNORECASE,
)

Context = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Brought:
    """A stranger's code on the machine: what brought it, where that stands, and the folder it lies in (``""``: the working folder)."""

    how: str
    place: Place
    folder: str = ""


def brings(step: Step, known: Context, *, by_default: bool) -> Brought | None:
    """Whether a step brings a stranger's code. ``by_default``: a plain checkout does, because the run itself is one of the pull request's
    own commit."""
    if step.uses is not None and _CHECKOUT.fullmatch(step.uses.name):
        aims = [value for name, value in step.parameters.items() if name in ("ref", "repository", "branch")]
        how = next((f"{step.uses.name} with {aim.text.strip()}" for aim in aims if names_code(aim, known)), "")
        if not how and by_default and not aims:
            how = step.uses.name
        folder = step.parameters.get("path")
        return Brought(how, step.place, str(folder.text).strip("./ ") if folder else "") if how else None
    if step.script is None:
        return None
    text = step.script.text
    if _PULL.search(text):
        return Brought("a checkout of the pull request in a script", _line(step, _PULL))
    variables = [name for name, value in step.environment.items() if names_code(value, known)]
    named = names_code(step.script.template, known) or any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for name in variables)
    if named and _GIT_TAKES.search(text):
        return Brought("a checkout of the pull request in a script", _line(step, _GIT_TAKES))
    return None


def hands_on(step: Step, known: Context) -> Iterator[tuple[str, Template]]:
    """The outputs of a step into which its script writes the name of a stranger's commit or branch: ``steps.ID.outputs.NAME`` and what it
    stands for."""
    if step.script is None or not step.id:
        return
    variables = {name: value for name, value in step.environment.items() if names_code(value, known)}
    for line in step.script.text.split("\n"):
        output = re.search(r"(?:echo|printf)\s+[\"']?(?:::set-output name=)?([\w-]+)(?:=|::)(.*)", line)
        if output is None:
            continue
        for name, value in variables.items():
            if re.search(rf"\$\{{?{re.escape(name)}\b", output[2]):
                yield f"steps.{step.id}.outputs.{output[1]}", value


def _line(step: Step, pattern: re.Pattern[str]) -> Place:
    if step.script is None:
        return step.place
    match = pattern.search(step.script.text)
    return step.script.text.locate(step.script.text.count("\n", 0, match.start()) + 1) if match else step.place


def runs(step: Step, brought: Brought) -> tuple[str, Place] | None:
    """What a step runs of the code that was brought: its text and place."""
    if step.uses is not None:
        return _of_packaged(step, brought)
    if step.script is None:
        return None
    script = step.script
    if brought.folder and brought.folder not in f"{script.text} {script.directory}":
        return None
    if script.shell not in ("bash", "sh", "zsh", "dash"):
        return (step.label, script.text.place) if re.search(r"(?m)^\s*(?:npm|yarn|pnpm|python|pip|dotnet|\.[/\\])", script.text) else None
    for command in shell.parse(script.text, errexit=script.errexit, pipefail=script.pipefail).commands:
        if _runs_files(command.words) and not _before(step, brought, command.place):
            return " ".join(command.words)[:60], command.place
    return None


def _before(step: Step, brought: Brought, place: Place) -> bool:
    """In the script that brings the code, what stands before that line does not run it."""
    within = step.script is not None and step.script.text.place.path == brought.place.path and step.script.text.line <= brought.place.line
    return within and brought.place.line <= step.script.text.end_line and place.line <= brought.place.line if step.script else False


def _runs_files(command: tuple[str, ...]) -> bool:
    if not command:
        return False
    program, rest = command[0], command[1:]
    if program.startswith(("./", "../")) or (program in _SHELLS and program != "chmod" and any(not word.startswith("-") for word in rest)):
        return True
    name = program.rpartition("/")[2]
    if name not in _RUNS or rest[:1] in (("--version",), ("-v",), ("version",)):
        return False
    if name in _HARMLESS:
        return not (rest and rest[0] in _HARMLESS[name])
    if name in ("node", "python", "python3", "ruby", "perl", "php") and rest[:1] in (("-e",), ("-c",), ("-p",), ("-",), ("-r",)):
        return False  # its own line, not the files'
    if name in ("pip", "pip3", "pipx", "gem") or (name == "npm" and "-g" in rest) or name == "uv":
        return _installs_here(rest) or (name == "uv" and rest[:1] in (("run",), ("sync",)))
    return True


def _installs_here(arguments: tuple[str, ...]) -> bool:
    """A package of that name from a registry is no stranger's; the folder's own project or list of requirements is."""
    return any(word in ("-r", "--requirement", "-e", "--editable", "-c", ".") or word.startswith((".", "-r")) for word in arguments)


def _of_packaged(step: Step, brought: Brought) -> tuple[str, Place] | None:
    uses = step.uses
    if uses is None:
        return None
    text = " ".join(str(value.text) for value in step.parameters.values())
    local = uses.local is not None or uses.name.startswith("./")
    if local:
        inside = not brought.folder or uses.text.removeprefix("./").startswith(brought.folder)
        return (str(uses.text), uses.text.place) if inside else None
    bundler = (
        uses.name.lower() == "ruby/setup-ruby" and "bundler-cache" in step.parameters and "true" in step.parameters["bundler-cache"].text
    )
    if (bundler or _BUILDERS.fullmatch(uses.name)) and (not brought.folder or brought.folder in text):
        return uses.name, uses.text.place
    return None


def each(steps: tuple[Step, ...]) -> Iterator[Step]:
    """The steps that do something, those of local composite actions after the step that uses the action."""
    for step in steps:
        yield step
        yield from each(step.steps)
