"""``rake``: what tasks need, and the literal ``sh "…"`` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_deploy.pipelines.following.links import Behind, Call, Link, within
from pytest_deploy.places import Place, Text

_TASK = re.compile(
    r"^(\s*)(?:multi)?task\s*\(?\s*(?::|['\"])?((?:[\w-]|:(?=\w))+)['\"]?\s*(?:,[^=]*?)?(?:(?:=>|:)\s*(\[[^\]]*\]|['\":]?[\w:%]+))?"
)
_NAMESPACE = re.compile(r"^(\s*)namespace\s*\(?\s*:?['\"]?(\w+)['\"]?\s*\)?\s*do\b")
_SHELL = re.compile(r"""\b(?:sh|system|exec)[\s(!]+(?:["']((?:[^"'\\]|\\.)*)["'])\s*(.*)$""")
_KNOWN = {
    "RSpec::Core::RakeTask": ("spec", "rspec"),
    "RuboCop::RakeTask": ("rubocop", "rubocop"),
    "Rake::TestTask": ("test", "ruby -Itest"),
    "Cucumber::Rake::Task": ("cucumber", "cucumber"),
}


@dataclass(slots=True)
class _Task:
    needs: list[str] = field(default_factory=list)
    commands: list[tuple[Text, str]] = field(default_factory=list)


def rake(call: Call) -> Behind | None:
    """The commands of the tasks that ``rake TASK`` runs, as far as they are literal."""
    if call.name not in ("rake", "rails"):
        return None
    tasks: dict[str, _Task] = {}
    for path in call.tree.files:
        if path == within(call.directory, "Rakefile") or (path.endswith(".rake") and path.startswith(within(call.directory, ""))):
            _parse(call.tree.text(path) or "", path, tasks)
    names = [word.partition("[")[0] for word in call.arguments if not word.startswith("-") and "=" not in word]
    if not names and call.name == "rake":
        names = ["default"]
    links: list[Link] = []
    done: set[str] = set()
    for name in names:
        links.extend(_links(tasks, name, call.directory, (), done))
    return Behind(tuple(links)) if links else None


def _links(tasks: dict[str, _Task], name: str, directory: str, via: tuple[str, ...], done: set[str]) -> Iterator[Link]:
    task = tasks.get(name)
    if task is None or name in done or len(via) > 10:
        return
    done.add(name)
    for need in task.needs:
        if need in tasks:
            yield from _links(tasks, need, directory, (*via, f"task {need}"), done)
        elif need != "environment":
            yield Link(words=("rake", need), place=Place(task.commands[0][0].path) if task.commands else None, directory=directory, via=via)
    for text, swallowed in task.commands:
        yield Link(text, directory=directory, via=via, swallowed=swallowed)


def _parse(text: str, path: str, tasks: dict[str, _Task]) -> None:
    namespaces: list[tuple[int, str]] = []
    current: _Task | None = None
    indentation = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        if match := _NAMESPACE.match(line):
            namespaces.append((len(match[1]), match[2]))
        elif (match := re.match(r"^(\s*)end\b", line)) and namespaces and namespaces[-1][0] == len(match[1]):
            namespaces.pop()
        elif match and current is not None and len(match[1]) <= indentation:
            current = None
        elif match := re.match(r"\s*([\w:]+)\.new(?:\(?\s*:?['\"]?(\w+))?", line):
            if match[1] in _KNOWN:
                name, command = _KNOWN[match[1]]
                prefix = "".join(f"{one}:" for _, one in namespaces)
                tasks.setdefault(prefix + (match[2] if match[2] and match[2] != "do" else name), _Task()).commands.append(
                    (Text(command, path, number), "")
                )
        elif match := _TASK.match(line):
            prefix = "".join(f"{one}:" for _, one in namespaces)
            name = match[2]
            current = tasks.setdefault(name if ":" in name else prefix + name, _Task())
            current.needs.extend(re.findall(r"[\w:]*\w", re.sub(r"%[wi]", "", match[3] or "")))
            current.needs[:] = [need.lstrip(":") for need in current.needs]
            indentation = len(match[1])
            if not re.search(r"\bdo\b|\{", line):
                current = None
        if current is not None and (match := _SHELL.search(line)):
            quoted = line.find(match[1])
            swallowed = (
                "system, whose result nothing looks at" if re.match(r"\s*system\b(?!.*(\|\||or |&&|abort|raise|exit))", line) else ""
            )
            current.commands.append((Text(match[1], path, number, quoted + 1), swallowed))
