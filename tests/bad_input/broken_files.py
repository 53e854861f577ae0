"""Files that are broken in every way that came to mind, as bytes; none of them is in the repository as a file."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 5_000_000


@dataclass(frozen=True)
class Broken:
    """``name`` is a sentence; ``line`` where the problem is to be shown; ``says`` part of the message. ``read``: the rest of the file can
    be judged all the same, so that its other checks run."""

    name: str
    data: bytes
    line: int
    says: str
    read: bool = False
    path: str = ""


def workflow(name: str, text: str | bytes, line: int, says: str, *, read: bool = False) -> Broken:
    return Broken(name, text if isinstance(text, bytes) else text.encode(), line, says, read, f".github/workflows/{slug(name)}.yml")


def job(name: str, text: str, line: int, says: str) -> Broken:
    """A workflow of which only part is wrong: ``text`` replaces the step ``- run: make`` of a sound one, from line 7 on."""
    return workflow(name, f"on: push\npermissions: {{}}\njobs:\n  build:\n    runs-on: ubuntu-latest\n{text}", line, says, read=True)


def dockerfile(name: str, text: str | bytes, line: int, says: str, *, read: bool = False, path: str = "") -> Broken:
    return Broken(name, text if isinstance(text, bytes) else text.encode(), line, says, read, path or f"services/{slug(name)}/Dockerfile")


def action(name: str, text: str | bytes, line: int, says: str, *, read: bool = False) -> Broken:
    data = text if isinstance(text, bytes) else text.encode()
    return Broken(name, data, line, says, read, f".github/actions/{slug(name)}/action.yml")


def slug(name: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in name.lower())


def ring(count: int) -> str:
    """Jobs that each wait for the next."""
    jobs = (f"  j{n}: {{needs: j{(n + 1) % count}, runs-on: x, steps: [{{run: make}}]}}\n" for n in range(count))
    return HEAD + "jobs:\n" + "".join(jobs)


HEAD = "on: push\npermissions: {}\n"
SOUND = HEAD + "jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
STEPS = "    steps:\n      - run: make\n"
BOMB = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 10))

WORKFLOWS = (
    # --- the bytes
    workflow("an empty workflow", "", 1, "empty"),
    workflow("a workflow of comments alone", "# on: push\n# jobs: {}\n", 1, "empty"),
    workflow("a workflow of blank lines", "\n\n   \n", 1, "empty"),
    workflow("a workflow with a byte that is no UTF-8", SOUND.encode() + b"# caf\xe9\n", 8, "not UTF-8"),
    workflow("a workflow with a NUL", SOUND.encode() + b"# \0\n", 8, "NUL"),
    workflow("a workflow in UTF-16", SOUND.encode("utf-16"), 1, "UTF-16"),
    workflow("a workflow in UTF-16 without a mark", SOUND.encode("utf-16-le"), 1, "NUL"),
    workflow("a workflow with an encoded lone surrogate", SOUND.encode() + b"# \xed\xa0\x80\n", 8, "not UTF-8"),
    workflow("a workflow with a control character", SOUND + "# \x07\n", 8, "YAML does not allow"),
    workflow("a workflow one byte too large", SOUND.encode() + b"#" * (LARGEST + 1 - len(SOUND)), 1, "5,000,001 bytes"),
    # --- YAML
    workflow("a workflow that ends in the middle of a string", HEAD + 'jobs:\n  build: {runs-on: "ubuntu', 4, "not valid YAML"),
    workflow("a workflow that ends in the middle of a list", HEAD + "jobs:\n  build:\n    needs: [a,\n", 6, "not valid YAML"),
    workflow("a workflow indented with tabs", HEAD + "jobs:\n\tbuild:\n", 4, "not valid YAML"),
    workflow("a workflow with a bomb of aliases", HEAD + "x0: &x0 [lol]\n" + BOMB, 8, "aliases"),
    workflow("a workflow with an alias inside its own anchor", HEAD + "env: &a\n  A: *a\n", 4, "inside its own anchor"),
    workflow("a workflow with an alias of nothing", HEAD + "env: *nothing\n", 3, "no anchor"),
    workflow("a workflow nested without end", HEAD + "env: " + "[" * 20_000 + "\n", 3, "nest"),
    workflow("a workflow of mappings nested without end", HEAD + "env: " + "{a: " * 20_000 + "\n", 3, "nest"),
    workflow("a workflow indented without end", HEAD + "env:\n" + "".join(" " * n + "a:\n" for n in range(1, 200)), 103, "nested deeper"),
    workflow("a workflow of YAML 9.9", "%YAML 9.9\n---\n" + SOUND, 1, "not valid YAML"),
    workflow("a workflow with a directive that is cut off", "%TAG\n---\n" + SOUND, 1, "not valid YAML"),
    workflow("a workflow with a bad escape", HEAD + 'env: {A: "\\ud800"}\n', 3, "not valid YAML"),
    workflow("a workflow with an unquoted brace", HEAD + "env: }\n", 3, "not valid YAML"),
    workflow("a workflow with a merge conflict", "<<<<<<< HEAD\n" + SOUND + "=======\n" + SOUND + ">>>>>>> main\n", 2, "not valid YAML"),
    # --- the wrong thing at the top
    workflow("a workflow that is a list", "- on: push\n- jobs: {}\n", 1, "holds no workflow"),
    workflow("a workflow that is a word", "workflow\n", 1, "holds no workflow"),
    workflow("a workflow that is a number", "42\n", 1, "holds no workflow"),
    workflow("a workflow that is something else", "name: x\nservices: {}\n", 1, "holds no workflow"),
    # --- what can be read, and is wrong
    workflow("a workflow with a key twice", SOUND + "permissions: {}\n", 8, "stands twice", read=True),
    workflow("a workflow with an unknown tag", SOUND + "env: {A: !secret x}\n", 8, "tag", read=True),
    workflow("a workflow with a key that is a mapping", SOUND + "env:\n  ? {a: b}\n  : c\n", 9, "key", read=True),
    workflow("a workflow with two documents", SOUND + "---\n" + SOUND, 9, "document", read=True),
    workflow("a workflow without jobs", HEAD, 1, "no jobs", read=True),
    workflow("a workflow with null for jobs", HEAD + "jobs:\n", 3, "no jobs", read=True),
    workflow("a workflow with a list of jobs", HEAD + "jobs:\n  - build:\n      runs-on: ubuntu-latest\n", 3, "jobs", read=True),
    workflow("a workflow with a word for jobs", HEAD + "jobs: build\n", 3, "jobs", read=True),
    workflow("a workflow with a null job", HEAD + "jobs:\n  build:\n", 4, "no mapping", read=True),
    workflow("a workflow with a list for a job", HEAD + "jobs:\n  build: [run, make]\n", 4, "no mapping", read=True),
    workflow("a workflow with a number for a job", HEAD + "jobs:\n  build: 1\n", 4, "no mapping", read=True),
    workflow("a workflow with null for on", "on:\n" + SOUND.partition("\n")[2], 1, "nothing starts", read=True),
    workflow("a workflow with a number for on", "on: 3\n" + SOUND.partition("\n")[2], 1, "3", read=True),
    workflow("a workflow with a list in its events", "on: [[push]]\n" + SOUND.partition("\n")[2], 1, "on", read=True),
    workflow("a workflow with a list for an event", "on:\n  push: [main]\n" + SOUND.partition("\n")[2], 2, "push", read=True),
    workflow("a workflow with a word for permissions", SOUND.replace("{}", "sometimes"), 2, "permissions", read=True),
    workflow("a workflow with a list of permissions", SOUND.replace("{}", "[contents]"), 2, "permissions", read=True),
    workflow("a workflow with a list for env", SOUND + "env:\n  - A=1\n", 8, "env", read=True),
    workflow("a workflow with a list for concurrency", SOUND + "concurrency: [a]\n", 8, "concurrency", read=True),
    workflow("a workflow with a list for defaults", SOUND + "defaults: [bash]\n", 8, "defaults", read=True),
    workflow("a workflow with an unknown key", SOUND + "job: {}\n", 8, "no key 'job'", read=True),
    workflow("a workflow with a number for a key", SOUND + "7: {}\n", 8, "no key '7'", read=True),
    workflow("a workflow that needs a job that is not there", SOUND + "    needs: biuld\n", 8, "no job", read=True),
    workflow("a workflow whose jobs wait for themselves", SOUND + "    needs: build\n", 8, "itself", read=True),
    workflow("a workflow with a ring of a hundred jobs", ring(100), 4, "wait for each other", read=True),
    workflow("a workflow with ten thousand jobs", ring(10_000), 3, "more than 400 jobs"),
    # --- inside a job
    job("a job with a list for its steps in it", "    steps:\n      - [run, make]\n", 7, "step"),
    job("a job with a mapping for steps", "    steps: {run: make}\n", 6, "steps"),
    job("a job with a word for steps", "    steps: make\n", 6, "steps"),
    job("a job with a null step", "    steps:\n      -\n      - run: make\n", 7, "step"),
    job("a job with a list for run", "    steps:\n      - run: [make, all]\n", 7, "run"),
    job("a job with a mapping for uses", "    steps:\n      - uses: {a: b}\n", 7, "uses"),
    job("a job with a list for with", STEPS + "      - uses: actions/checkout@v4\n        with: [a]\n", 9, "with"),
    job("a job with a list for env", STEPS + "    env: [A]\n", 8, "env"),
    job("a job with a mapping for needs", STEPS + "    needs: {a: b}\n", 8, "needs"),
    job("a job with nested needs", STEPS + "    needs: [{a: b}]\n", 8, "needs"),
    job("a job with a list for strategy", STEPS + "    strategy: [matrix]\n", 8, "strategy"),
    job("a job with a list for matrix", STEPS + "    strategy:\n      matrix: [a, b]\n", 9, "matrix"),
    job("a job with a list for environment", STEPS + "    environment: [production]\n", 8, "environment"),
    job("a job with a list for permissions", STEPS + "    permissions: [contents]\n", 8, "permissions"),
    job("a job with a list for services", STEPS + "    services: [redis]\n", 8, "services"),
    job("a job with a list for container", STEPS + "    container: [redis]\n", 8, "container"),
    job("a job with a list for outputs", STEPS + "    outputs: [a]\n", 8, "outputs"),
    job("a job with a list for concurrency", STEPS + "    concurrency: [a]\n", 8, "concurrency"),
    job("a job with a list for defaults", STEPS + "    defaults: [a]\n", 8, "defaults"),
    job("a job with a mapping for if", STEPS + "    if: {a: b}\n", 8, "if"),
    job("a job with an open expression", STEPS + "    if: ${{ github.ref\n", 8, "not closed"),
    job("a job with brackets without end in a condition", STEPS + f"    if: {'(' * 50_000}true\n", 8, "expression"),
    job("a job with negations without end", STEPS + f"    if: ${{{{ {'!' * 50_000}true }}}}\n", 8, "expression"),
    job("a job with a condition that is no expression", STEPS + "    if: a b c ==\n", 8, "expression"),
    job("a job that calls a workflow which is not there", STEPS.replace("- run: make", "- uses: ./nowhere"), 7, "nowhere"),
)

FROM = "FROM alpine:3.20\nUSER app\n"

DOCKERFILES = (
    dockerfile("an empty Dockerfile", "", 1, "no instructions"),
    dockerfile("a Dockerfile of comments alone", "# FROM alpine:3.20\n\n", 1, "no instructions"),
    dockerfile("a Dockerfile with a byte that is no UTF-8", FROM.encode() + b"# caf\xe9\n", 3, "not UTF-8"),
    dockerfile("a Dockerfile with a NUL", FROM.encode() + b"RUN \0\n", 3, "NUL"),
    dockerfile("a Dockerfile in UTF-16", FROM.encode("utf-16"), 1, "UTF-16"),
    dockerfile("a Dockerfile one byte too large", FROM.encode() + b"#" * (LARGEST + 1 - len(FROM)), 1, "5,000,001 bytes"),
    dockerfile("a Dockerfile with an unknown instruction", FROM + "RNU make\n", 3, "unknown instruction", read=True),
    dockerfile("a Dockerfile in another language", "import os\nprint(os.environ)\n", 1, "unknown instruction"),
    dockerfile("a Dockerfile that is YAML", "services:\n  web:\n    image: x\n", 1, "unknown instruction"),
    dockerfile("a Dockerfile with an open here-document", FROM + "RUN <<EOF\nmake\n", 3, "unterminated heredoc"),
    dockerfile("a Dockerfile with a thousand open here-documents", FROM + "RUN <<EOF\n" * 1000, 3, "unterminated heredoc"),
    dockerfile("a Dockerfile with FROM alone", "FROM\nUSER app\n", 1, "FROM", read=True),
    dockerfile("a Dockerfile with an open variable in FROM", "FROM alpine:${A\nUSER app\n", 1, "missing '}'", read=True),
    dockerfile("a Dockerfile with FROM of three words", "FROM alpine:3.20 builder app\nUSER app\n", 1, "FROM", read=True),
    dockerfile("a Dockerfile with an instruction before FROM", "RUN make\n" + FROM, 1, "FROM", read=True),
    dockerfile("a Dockerfile without FROM", "ARG A=1\n", 1, "FROM"),
    dockerfile("a Dockerfile that continues behind its end", FROM + "COPY a \\\n", 3, "COPY", read=True),
    dockerfile("a Dockerfile that continues without end", FROM + "COPY a \\\n" + "\\\n" * 100_000, 3, "COPY", read=True),
    dockerfile("a Dockerfile with a shell that is no JSON", FROM + "SHELL [bash, -c]\n", 3, "JSON", read=True),
    dockerfile("a Dockerfile with JSON of numbers", FROM + "CMD [1, 2]\n", 3, "strings", read=True),
    dockerfile("a Dockerfile with HEALTHCHECK of nothing", FROM + "HEALTHCHECK\n", 3, "HEALTHCHECK", read=True),
    dockerfile("a Dockerfile with ONBUILD in ONBUILD", FROM + "ONBUILD ONBUILD RUN make\n", 3, "ONBUILD", read=True),
    dockerfile("a Dockerfile with ONBUILD without end", FROM + "ONBUILD " * 20_000 + "RUN make\n", 3, "ONBUILD", read=True),
    dockerfile("a Dockerfile with ONBUILD FROM", FROM + "ONBUILD FROM alpine:3.20\n", 3, "ONBUILD", read=True),
    dockerfile("a Dockerfile with ENV of nothing", FROM + "ENV\n", 3, "ENV", read=True),
    dockerfile("a Dockerfile with ENV without a value", FROM + "ENV A\n", 3, "ENV", read=True),
    dockerfile("a Dockerfile with a name that is none", "FROM alpine:3.20 AS 1\nUSER app\n", 1, "invalid name", read=True),
    dockerfile("a Dockerfile with an escape that is none", "# escape=x\n" + FROM, 1, "escape"),
    dockerfile("a Dockerfile with an open quote", FROM + 'ENV A="b\n', 3, "double-quote", read=True),
    dockerfile("a Dockerfile with an open variable", FROM + "WORKDIR /${A\n", 3, "missing '}'", read=True),
    dockerfile("a Dockerfile with variables without end", FROM + f"WORKDIR {'${A:-' * 30_000}\n", 3, "nested deeper", read=True),
    dockerfile("a Dockerfile with a substitution that is none", FROM + "WORKDIR ${:A}\n", 3, "bad substitution", read=True),
    dockerfile("a Dockerfile with a copy of one thing", FROM + "COPY a\n", 3, "COPY", read=True),
    dockerfile(
        "a Dockerfile with a merge conflict", "<<<<<<< HEAD\n" + FROM + "=======\n" + FROM + ">>>>>>> main\n", 1, "unknown", read=True
    ),
    dockerfile("a Dockerfile with a space in its name", FROM + "RNU\n", 3, "unknown", read=True, path="my service/Dockerfile"),
    dockerfile("a Dockerfile with a dash before its name", FROM + "RNU\n", 3, "unknown", read=True, path="-x/--rf.Dockerfile"),
    dockerfile(
        "a Dockerfile with brackets and colons in its name", FROM + "RNU\n", 3, "unknown", read=True, path="a::b [1] %0A/Dockerfile"
    ),
    dockerfile("a Dockerfile with a newline in its name", FROM + "RNU\n", 3, "unknown", read=True, path="two\nlines/Dockerfile"),
    dockerfile("a Dockerfile with an escape sequence in its name", FROM + "RNU\n", 3, "unknown", read=True, path="\x1b[31mred/Dockerfile"),
    dockerfile("a Dockerfile with a name that is no UTF-8", FROM + "RNU\n", 3, "unknown", read=True, path="caf\udce9/Dockerfile"),
    dockerfile("a Dockerfile with a name in another script", FROM + "RNU\n", 3, "unknown", read=True, path="δοκιμή/Dockerfile"),
)

ACTIONS = (
    action("an empty action", "", 1, "empty"),
    action("an action of comments alone", "# runs: {}\n", 1, "empty"),
    action("an action with a NUL", b"runs: {using: composite}\n\0", 2, "NUL"),
    action("an action in UTF-16", "runs: {using: composite}\n".encode("utf-16"), 1, "UTF-16"),
    action("an action indented with tabs", "runs:\n\tusing: composite\n", 2, "not valid YAML"),
    action("an action that is a list", "- runs\n", 1, "action"),
    action("an action with a bomb of aliases", "x0: &x0 [lol]\n" + BOMB, 6, "aliases"),
    action("an action with a mapping for steps", "runs:\n  using: composite\n  steps: {run: make}\n", 3, "steps", read=True),
    action("an action with no steps", "runs:\n  using: composite\n", 2, "no 'steps'", read=True),
    action("an action with a null step", "runs:\n  using: composite\n  steps:\n    -\n", 4, "step", read=True),
    action(
        "an action with a list for inputs",
        "inputs: [a]\nruns:\n  using: composite\n  steps: [{run: make, shell: bash}]\n",
        1,
        "inputs",
        read=True,
    ),
)

ALL = (*WORKFLOWS, *DOCKERFILES, *ACTIONS)
