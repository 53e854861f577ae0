"""No secret is written into a pipeline

Whoever can read the repository can read its pipelines, and history keeps what was deleted. Secrets belong into the CI system's store, and
are referred to. Passwords of service containers and of databases that a job starts for its tests are no secrets.

## Bad
```yaml .github/workflows/deploy.yml:7
on: [push]
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    env:
      DB_PASSWORD: Tr0ub4dor-and-3
    steps:
      - run: ./deploy.sh
```

### On a command line
```yaml .github/workflows/push.yml:6,7
on: [push]
jobs:
  push:
    runs-on: ubuntu-latest
    steps:
      - run: docker login -u acme -p q7Hx2Lk9Vn4R
      - run: curl -u acme:q7Hx2Lk9Vn4R https://api.acme.io/deploy
```

### In a here-document
```yaml .github/workflows/push.yml:8
on: [push]
jobs:
  push:
    runs-on: ubuntu-latest
    steps:
      - run: |
          cat > .env <<EOF
          MAILER_TOKEN=q7Hx2Lk9Vn4R
          EOF
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    services:
      db:
        image: postgres:17
        env:
          POSTGRES_PASSWORD: q7Hx2Lk9Vn4R
    env:
      DATABASE_URL: postgres://postgres:q7Hx2Lk9Vn4R@localhost:5432/test
    steps:
      - run: echo "$TOKEN" | docker login -u acme --password-stdin
        env:
          TOKEN: ${{ secrets.REGISTRY_TOKEN }}
```

## References
- <https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets>
- <https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html>
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.model import Job, Pipeline, Script, Step, Template, steps_of
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.places import Place, Text
from pytest_deploy.repository import Repository
from pytest_deploy.secrets import Context, is_database_name, is_local_host, judge
from pytest_deploy.syntax import shell

_HINT = "Keep it in the secret store of the CI system and refer to it; and change it, for the history keeps what was written here."
_LOGIN = re.compile(r"docker|podman|buildah|helm|oras|skopeo|crane|nerdctl|az|npm|gh|sqlcmd|mc|cf|oc|vault|argocd|heroku|sshpass|ftp|lftp")
_ASSIGNMENT = re.compile(r"(?:^|\s)(?:-e\s*|--env[= ]|--build-arg[= ]|export\s+)?([A-Za-z_]\w*)=(\S.*)", re.DOTALL)
_LINE = re.compile(r"^[^\S\n]*(?:export\s+|-\s+)?[\"']?([A-Za-z_][\w.-]*)[\"']?[^\S\n]*[=:][^\S\n]*([^\n]+?),?[^\S\n]*$", re.MULTILINE)
_HOST = re.compile(r"(?:\w[\w+.-]*://)?(?:[^\s/@]*@)?(?P<host>[\w-]+(?:\.[\w-]+)*)(?::\d+)?(?:/\S*)?")
_HOST_NAME = re.compile(r"(?:host|hostname|server)$", re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b(?P<prefix>[A-Z][A-Z0-9]*)_(?:[A-Z0-9]+_)*(?:URL|URI|ENDPOINT|HOST|ADDRESS|SERVER)\s?[=:]\s?[\"']?(?:\w+://)?(?P<host>[\w.-]+)"
)
_DECLARES = frozenset({"local", "declare", "readonly", "typeset"})
_SERVERS = re.compile(r"psql|pg_\w+|mysql\w*|mariadb\w*|mongo\w*|redis-cli|sqlcmd|curl|wget|http|https|xh|ldap\w+")


@check()
def no_secrets_in_pipeline(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Every value and command of the file."""
    if pipeline.broken:
        raise NotApplicable("the file cannot be read")
    seen: set[tuple[int, int]] = set()
    for reason, place in _secrets(pipeline, repository):
        if (place.line, place.column) not in seen and place.path == pipeline.path:
            seen.add((place.line, place.column))
            yield Finding(f"{reason} is written into the pipeline", place, _HINT)


def _secrets(pipeline: Pipeline, repository: Repository) -> Iterator[tuple[str, Place]]:
    # What a job makes up for its own tests opens nothing; one that deploys needs the real thing. What all jobs see may be for either.
    contexts = {name: Context.PLAIN if _deploys(job, repository) else Context.DEVELOPMENT for name, job in pipeline.jobs.items()}
    yield from _of_values(pipeline.variables, Context.PLAIN if set(contexts.values()) == {Context.PLAIN} else Context.DEVELOPMENT)
    for trigger in pipeline.triggers:
        for name, given in trigger.inputs.items():
            if given.default is not None and (reason := judge(name, given.default, context=Context.DEVELOPMENT)):
                yield reason, given.default.place
    for name, job in pipeline.jobs.items():
        yield from _of_job(job, contexts[name])


def _deploys(job: Job, repository: Repository) -> bool:
    if job.environment is not None:
        return True
    acts = (act for chain in steps_of(job) for act in repository.roles.acts(chain[-1], Scope()))
    return any(act.role in ("deploy", "infrastructure") for act in acts)


def _of_job(job: Job, context: Context) -> Iterator[tuple[str, Place]]:
    for variables in job.services.values():
        yield from _of_values(variables, Context.SERVICE)
    yield from _of_values(job.variables, context)
    if job.called is not None:
        yield from _of_values({**job.called.inputs, **job.called.secrets}, context)
    for row in job.matrix.rows if job.matrix else ():
        for name, text in row.items():
            if reason := judge(name, text, context=context):
                yield reason, text.place
    for chain in steps_of(job):
        for step in chain:
            yield from _of_step(step, context)


def _of_values(values: Mapping[str, Template], context: Context) -> Iterator[tuple[str, Place]]:
    # Beside the name of this very machine, the password of a database is that of one which the job has started.
    local = any(_HOST_NAME.search(name) and is_local_host(template.text) for name, template in values.items())
    here = _of_this_machine("\n".join(f"{name}={template.text}" for name, template in values.items()), context)
    for name, template in values.items():
        where = Context.SERVICE if (local and is_database_name(name)) or name.partition("_")[0] in here else context
        if reason := judge(name, template.text, context=where):
            yield reason, template.place


def _of_step(step: Step, context: Context) -> Iterator[tuple[str, Place]]:
    yield from _of_values(step.environment, context)
    for name, template in step.parameters.items():
        if "\n" in template.text:
            yield from _of_lines(template.text, context)
        elif reason := judge(name, template.text, context=context):
            yield reason, template.place
    if step.script is not None:
        yield from _of_script(step.script, context)


def _of_script(script: Script, context: Context) -> Iterator[tuple[str, Place]]:
    if script.shell not in ("bash", "sh", "zsh", "dash"):
        yield from _of_lines(script.text, context)
        return
    here = _of_this_machine(script.text, context)
    for command in shell.parse(script.text, errexit=script.errexit, pipefail=script.pipefail).commands:
        where = _of_host(command.words, context)
        if where is None or (command.function and command.words[:1] and command.words[0] in _DECLARES):
            continue  # what a function is called with is no value of its variables
        if context is Context.DEVELOPMENT and _starts_server(command.words):
            where = Context.SERVICE
        for name, value in command.assignments:
            if reason := judge(name, value, context=Context.SERVICE if name.partition("_")[0] in here else where):
                yield reason, command.place
        for reason in _of_words(command.words, where, here):
            yield reason, command.place
        for text in command.written[len(command.words) :]:
            yield from _of_lines(text, where)


def _of_host(words: tuple[str, ...], context: Context) -> Context | None:
    """A client of a server says which one: at another machine its password is a real one, at this one (``None``) a throwaway."""
    if not words or not _SERVERS.fullmatch(words[0].rpartition("/")[2]):
        return context
    hosts = [word for word in words[1:] if "://" in word]
    hosts += [following for word, following in itertools.pairwise(words) if word in ("-h", "--host", "-H", "-S", "--server")]
    hosts += [word.partition("=")[2] for word in words if word.startswith(("--host=", "--server=", "-h")) and len(word) > 2]
    found = [match["host"] for host in hosts if (match := _HOST.fullmatch(host))]
    if not found:
        return context
    return None if all(is_local_host(host) or "." not in host for host in found) else Context.PLAIN


def _of_lines(text: Text, context: Context) -> Iterator[tuple[str, Place]]:
    """``NAME=value`` and ``name: value``, and whatever else gives itself away, line by line."""
    for number, line in enumerate(text.split("\n"), 1):
        pair = _LINE.match(line)
        value = pair[2].strip("\"'") if pair else line
        if reason := judge(pair[1] if pair else None, value, context=context) or judge(None, line, context=context):
            yield reason, text.locate(number)


def _starts_server(words: tuple[str, ...]) -> bool:
    """Whether a container is started that lives as long as its job."""
    return words[:2] in (("docker", "run"), ("podman", "run")) and bool({"-d", "--detach", "-dit", "-itd", "-td"} & {*words})


def _of_this_machine(text: str, context: Context) -> frozenset[str]:
    """The first words of names that belong to a server on this very machine, of which a job that deploys nothing makes up the
    credentials: ``S3`` of ``S3_ENDPOINT_URL=http://localhost:9000``."""
    found = _ADDRESS.finditer(text) if context is Context.DEVELOPMENT else ()
    return frozenset(match["prefix"] for match in found if is_local_host(match["host"]))


def _of_words(words: tuple[str, ...], context: Context, here: frozenset[str] = frozenset()) -> Iterator[str]:
    for index, word in enumerate(words):
        if reason := judge(None, word, context=context):
            yield reason
        following = words[index + 1] if index + 1 < len(words) else ""
        for name, value in _pairs(words, word, following):
            where = Context.SERVICE if name.partition("_")[0] in here else context
            if reason := judge(name, value, context=where):
                yield reason.replace("secret-named variable", "option") if word.startswith("-") else reason


def _pairs(words: tuple[str, ...], word: str, following: str) -> Iterable[tuple[str, str]]:
    """(name, value) of what one word, or it and the next, say."""
    program = words[0].rpartition("/")[2]
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        yield (name, value) if equals else (name, "" if following.startswith("-") else following)
    elif word == "-p" and (_LOGIN.fullmatch(program) and ("login" in words or program == "sshpass")):
        yield "password", following
    elif word in ("-u", "--user") and program in ("curl", "http", "wget", "xh") and ":" in following:
        yield "password", following.partition(":")[2]
    elif word == "-P" and program in ("sqlcmd", "bcp"):
        yield "password", following
    elif word in ("-H", "--header") and (
        match := re.match(r"(?i)(?:authorization|[\w-]*(?:token|api-?key))\s*:\s*(?:(?:bearer|basic|token)\s+)?(.+)", following)
    ):
        yield "token", match[1]
    if match := _ASSIGNMENT.match(word if not word.startswith("-") else ""):
        yield match[1], match[2]
