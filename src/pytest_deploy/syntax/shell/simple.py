"""Simple commands on the walk through a script: builtins, tests, calls of functions, everything else."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_deploy.places import Place
from pytest_deploy.syntax.shell.nodes import Node, Redirect, Sequence, Simple, Word
from pytest_deploy.syntax.shell.taint import NONE, Draft, Marks, Outcome, union
from pytest_deploy.syntax.shell.wrappers import unwrap

if TYPE_CHECKING:
    from pytest_deploy.syntax.shell.fate import Walk

_FILTERS = ("expr", "grep", "egrep", "fgrep", "rg", "zgrep", "awk", "gawk", "diff", "cmp", "comm", "xmllint")
JUDGES = frozenset(("test", "[", "[[", "((", "let", *_FILTERS, "python", "python3", "node", "perl", "ruby"))
"""Commands whose status tells what is in their words or standard input."""
REPORTERS = frozenset(("snazzy", "tap-spec", "tap-dot", "tap-difflet", "faucet"))
"""Commands that write the results which they read in a nicer form, and fail where these tell of a failure."""
PRINTERS = frozenset(("echo", "printf", "cat", "tee", "sed", "tr", "head", "tail", "cut", "sort", "uniq", "true", ":", "xargs", "wc"))
"""Commands that hand on what they read, and never fail for it."""
MOST_CALLS = 2000
"""Functions that call functions multiply: no more calls than this are followed."""
DEEPEST_CALLS = 20
DECLARES = frozenset(("export", "local", "declare", "readonly", "typeset"))
_NAME = re.compile(r"\$\{?[#!]?([A-Za-z_]\w*|[0-9@*?!])")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_COUNTED = re.compile(r"\$\(\s*seq\s+[\d\s]+\)")
_POSITIONAL = re.compile(r"\$\{?([1-9@*])\}?")
_TAKES = re.compile(r"(?P<before>(?:\w+=)?\(?)\$\{?(?:(?P<number>[1-9])|[@*](?::(?P<first>[1-9]))?)\}?(?P<after>\)?)")
"""``name=$1`` and ``names=(${@:2})``."""
_PLACES = frozenset("123456789@*")
_ARITHMETIC = re.compile(r"\$\(\((.*?)\)\)", re.DOTALL)
_OPTION_LETTERS = re.compile(r"[-+][A-Za-z]+")


def walk(on: Walk, node: Simple) -> Outcome:
    """What a simple command's status and output depend on."""
    inner, output = _within(on, node)
    if not node.words:
        return _assignment(on, node, inner)
    words = _given_words(on, node.words)
    start, assigned, wrapped = unwrap([word.text for word in words])
    on.lose(inner, f"in the arguments of `{words[0].text}`, which hides its status")
    if words[start].text in on.state.functions:
        called = _call(on, words[start].text, words[start + 1 :], node)
        if called is not None:
            on.write(node.redirects, called.output)
            return called
    draft = note(on, node, words[start:], tuple(words[index] for index in assigned))
    own = frozenset((draft.number,))
    said = union(marks_of(on, word) for word in words) | read_by(on, node.redirects) | on.state.standard_input
    files = union(on.state.variables.get(f"file:{word.text}", NONE) for word in words[1:])
    outcome = _builtin(on, draft, words[start:], own, said)
    if outcome is None:
        judged = (said | files | output) if judges(draft.names) else NONE
        outcome = Outcome(own | judged, NONE, judged, frozenset((-draft.number,)) | said | files | on.control)
    on.write(node.redirects, outcome.output)
    _written(on, draft.names, outcome.output)
    if "exec" in wrapped and not outcome.ends:
        on.frame_of("shell").fatal |= outcome.fails
        outcome = Outcome(outcome.hard, outcome.soft, outcome.inverts, outcome.output, "exit")
    return outcome


def reports(node: Node) -> bool:
    """Whether a command fails when what wrote its standard input did."""
    if not isinstance(node, Simple) or not node.words:
        return False
    words = [word.text for word in node.words]
    start, _, _ = unwrap(words)
    named = words[start + 1 :] if words[start] in ("npx", "bunx") else words[start:]
    return bool(named) and named[0] in REPORTERS


def note(on: Walk, node: Simple, words: tuple[Word, ...], assigned: tuple[Word, ...] = ()) -> Draft:
    """Put a command on the list (once, however often its loop is walked)."""
    key = (id(node), on.call_path)
    draft = on.drafts.get(key)
    if draft is None:
        assignments = [(name, _taken(on, word.text)) for name, word in node.assignments]
        assignments += [(word.text.partition("=")[0], word.text.partition("=")[2]) for word in assigned]
        offset = words[0].offset if words else node.offset
        guards = tuple(guard for frame in on.frames for guard in frame.guards)
        draft = Draft(
            node,
            words,
            tuple(assignments),
            place_of(on, offset),
            guards,
            on.calls[-1].name if on.calls else "",
            len(on.drafts) + 1,
            tuple(frame.number for frame in on.frames if frame.number),
        )
        on.drafts[key] = draft
    return draft


def place_of(on: Walk, offset: int) -> Place:
    """The place of an offset into the script."""
    line = bisect.bisect_right(on.lines, offset)
    return on.text.locate(line, offset - on.lines[line - 1] + 1)


# --- what words depend on ----------------------------------------------------------------------------------------------


def marks_of(on: Walk, word: Word) -> Marks:
    """What a word's value depends on: the variables in it, and the output of its substitutions as far as they were walked."""
    marks = union(_variable(on, match[1]) for match in _NAME.finditer(word.raw or word.text))
    if "PIPESTATUS" in word.raw:
        marks |= on.state.pipe_status
    for expression in _ARITHMETIC.finditer(word.raw):
        marks |= union(_variable(on, name) for name in _IDENTIFIER.findall(expression[1]))
    return marks | on.outputs.get(id(word), NONE)


def _variable(on: Walk, name: str) -> Marks:
    if name == "?":
        return on.state.status
    if name == "!":
        return on.state.started
    return on.state.variables.get(name, NONE)


def substitutions(on: Walk, word: Word) -> tuple[Marks, Marks]:
    """Walk through the scripts within a word: whose failure is its last one's status, and what is written."""
    fails = output = NONE
    for body in word.substitutions:
        on.lose(fails, "in a substitution that is not the last one")
        inner = on.subshell(body, errexit=None if on.state.inherit else False)
        fails, output = inner.fails, output | inner.output
    on.outputs[id(word)] = output
    return fails, output


def read_by(on: Walk, redirects: Iterable[Redirect]) -> Marks:
    """What is read from files, here-strings and here-documents."""
    marks = NONE
    for redirect in redirects:
        if redirect.heredoc is not None:
            marks |= marks_of(on, redirect.heredoc)
        elif redirect.target is not None and not redirect.writes:
            marks |= marks_of(on, redirect.target) | on.state.variables.get(f"file:{redirect.target.text}", NONE)
    return marks


def _within(on: Walk, node: Simple) -> tuple[Marks, Marks]:
    fails = output = NONE
    words = [word for _, word in node.assignments] + list(node.words)
    for redirect in node.redirects:
        words += [word for word in (redirect.target, redirect.heredoc) if word is not None]
    for word in words:
        if word.substitutions:
            on.lose(fails, "in a substitution that is not the last one")
            inner, written = substitutions(on, word)
            fails, output = inner, output | written
    return fails, output


def _assignment(on: Walk, node: Simple, inner: Marks) -> Outcome:
    values = [(name, marks_of(on, word)) for name, word in node.assignments]
    if node.assignments:
        note(on, node, ())
    for name, marks in values:
        # Not the status of the substitution (that is the assignment's own), but what it wrote.
        on.assign(name.rstrip("+").partition("[")[0], marks, add=name.endswith("+"))
    on.write(node.redirects, on.control)
    return Outcome(inner, NONE, NONE, on.control)


def _written(on: Walk, words: tuple[str, ...], output: Marks) -> None:
    if words[0] in ("curl", "wget"):
        for option, value in itertools.pairwise(words):
            if option in ("-o", "--output", "-O", "--output-document") or re.fullmatch(r"-[a-zA-Z]*o", option):
                on.assign(f"file:{value}", output)
    elif words[0] == "tee":
        for word in words[1:]:
            if not word.startswith("-"):
                on.assign(f"file:{word}", output)


def judges(words: tuple[str, ...]) -> bool:
    """Whether a command's status tells what is in its words or input."""
    if words[0] in ("jq", "yq"):
        return any(word == "--exit-status" or re.fullmatch(r"-[a-zA-Z]*e[a-zA-Z]*", word) for word in words[1:])
    return words[0].rpartition("/")[2] in JUDGES


def decides(left: Node, right: Node) -> bool:
    """Whether what stands behind ``||`` takes the failure over: a test, a second try of the same program, ``false``."""
    if always_fails(right):
        return True
    if not isinstance(right, Simple) or not right.words:
        return False
    name = right.words[0].text
    if name in ("[", "[[", "test", "(("):
        return True
    if not isinstance(left, Simple) or name in PRINTERS:
        return False
    # The same subcommand too: `kubectl rollout undo` is no second try of `kubectl rollout status`.
    once, again = ([word.text for word in node.words if not word.text.startswith("-")][:3] for node in (left, right))
    return bool(once) and again[: len(once)] == once


def always_fails(node: Node) -> bool:
    """Whether it is ``false``, or ends in it."""
    if isinstance(node, Sequence) and node.items:
        return always_fails(node.items[-1])
    return isinstance(node, Simple) and [word.text for word in node.words] == ["false"]


def literal(words: tuple[Word, ...]) -> bool:
    """Whether a for loop runs at least once: one of its words is there whatever happens."""
    return any(word.text and (_COUNTED.match(word.text) or (word.text[0] != "$" and not word.substitutions)) for word in words)


# --- builtins ------------------------------------------------------------------------------------------------------------


def _builtin(on: Walk, draft: Draft, words: tuple[Word, ...], own: Marks, said: Marks) -> Outcome | None:
    arguments = words[1:]
    match words[0].text:
        case "set" | "shopt":
            set_options(on, draft.names)
            return Outcome()
        case "exit":
            return _exit(on, arguments)
        case "return" if on.calls:
            return _return(on, arguments)
        case "break" | "continue":
            return Outcome(ends="loop")
        case "trap":
            _trap(on, arguments)
            return Outcome()
        case "wait":
            if any(word.text == "-n" for word in arguments):
                return Outcome(on.state.background)
            return Outcome(union(marks_of(on, word) for word in arguments))
        case "true" | ":":
            return Outcome(output=NONE)
        case "echo" | "printf":
            return Outcome(output=said | on.control)
        case "read" | "mapfile" | "readarray":
            for word in arguments:
                if not word.text.startswith("-"):
                    on.assign(word.text, said)
            return Outcome(own, NONE, NONE, NONE)
        case "eval" if len(arguments) == 1:
            return None
        case name if name in DECLARES:
            for word in arguments:
                target, equals, _ = word.text.partition("=")
                if equals:
                    on.assign(target, marks_of(on, word))
            return Outcome()
        case "[" | "[[" | "test" | "((" | "let":
            identifiers = NONE
            if words[0].text in ("((", "let"):
                identifiers = union(_variable(on, name) for word in arguments for name in _IDENTIFIER.findall(word.text))
            judged = said | identifiers
            return Outcome(own | judged, NONE, judged, on.control)
    return None


def set_options(on: Walk, words: tuple[str, ...]) -> None:
    """``set -e``, ``set +e``, ``set -euo pipefail``, ``shopt -s inherit_errexit``."""
    state = on.state
    if words[0] == "shopt":
        state.inherit = state.inherit or ("-s" in words and "inherit_errexit" in words)
        return
    index = 1
    while index < len(words):
        word = words[index]
        index += 1
        if not _OPTION_LETTERS.fullmatch(word):
            return
        on_now = word[0] == "-"
        if "e" in word:
            state.switched_off = state.errexit and not on_now
            state.errexit = on_now
        if "o" in word and index < len(words):
            option = words[index]
            index += 1
            if option == "pipefail":
                state.pipefail = on_now
            elif option == "errexit":
                state.switched_off = state.errexit and not on_now
                state.errexit = on_now


def _number(arguments: tuple[Word, ...]) -> int | None:
    """The literal status; ``None`` for one that is known only when it runs."""
    text = arguments[0].text if arguments else ""
    return int(text) if text.isascii() and text.isdigit() else None


def _exit(on: Walk, arguments: tuple[Word, ...]) -> Outcome:
    frame = on.frame_of("shell")
    number = _number(arguments)
    frame.fatal |= _given(on, arguments, number)
    return Outcome(ends="exit", well=number == 0)


def _return(on: Walk, arguments: tuple[Word, ...]) -> Outcome:
    number = _number(arguments)
    on.frame_of("function").fatal |= _given(on, arguments, number)
    return Outcome(ends="return", well=number == 0)


def _given(on: Walk, arguments: tuple[Word, ...], number: int | None) -> Marks:
    if number == 0:
        return NONE
    if number is not None:
        return on.control
    if not arguments:
        return on.state.status
    return on.control | union(marks_of(on, word) for word in arguments)


def _trap(on: Walk, arguments: tuple[Word, ...]) -> None:
    from pytest_deploy.syntax.shell.reading import read

    given = [word for word in arguments if word.text != "--"]
    if len(given) < 2 or given[0].text.startswith("-"):
        return
    signals = " ".join(word.text for word in given[1:])
    body, _ = read(given[0].text, given[0].segments)
    on.trap(given[0], body, signals)


def _given_words(on: Walk, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of a command within a function, with those that the function was called with put in for ``$@`` and ``$1``."""
    if not on.arguments:
        return words
    given = on.arguments[-1]
    found: list[Word] = []
    for word in words:
        match = _POSITIONAL.fullmatch(word.text)
        if match is None:
            found.append(replace(word, text=_taken(on, word.text)) if "=" in word.text else word)
        elif match[1] in "@*":
            found.extend(given)
        else:
            found.append(given[int(match[1]) - 1] if int(match[1]) <= len(given) else word)
    return tuple(found) or words


def _taken(on: Walk, text: str) -> str:
    """The value of an assignment within a function that takes what the function was called with."""
    match = _TAKES.fullmatch(text) if on.arguments else None
    if match is None:
        return text
    given = [word.text for word in on.arguments[-1]]
    number = int(match["number"] or match["first"] or 1)
    if match["number"] and number > len(given):
        return text
    taken = given[number - 1 : number if match["number"] else None]
    return f"{match['before']}{' '.join(taken)}{match['after'] or ''}"


def _call(on: Walk, name: str, arguments: tuple[Word, ...], node: Simple) -> Outcome | None:
    """What a call of a shell function depends on; ``None`` where it is not followed (it calls itself, say)."""
    function = on.state.functions[name]
    if function in on.calls or len(on.calls) >= DEEPEST_CALLS or on.followed >= MOST_CALLS:
        return None
    on.followed += 1
    before = {key: marks for key, marks in on.state.variables.items() if key in _PLACES}
    for index, word in enumerate(arguments[:9], 1):
        marks = marks_of(on, word)
        on.state.variables[str(index)] = marks
        for every in "@*":
            on.state.variables[every] = on.state.variables.get(every, NONE) | marks
    path = on.call_path
    on.call_path = (*path, id(node))
    on.calls.append(function)
    on.arguments.append(arguments)
    try:
        with on.frame("function") as frame:
            inner = on.walk(function.body)
    finally:
        on.calls.pop()
        on.arguments.pop()
        on.call_path = path
    for key in _PLACES:
        on.state.variables.pop(key, None)
    on.state.variables.update(before)
    fails = frame.fatal | (NONE if inner.ends == "return" else inner.fails)
    ends = inner.ends if inner.ends == "exit" else ""
    return Outcome(fails, NONE, inner.inverts, inner.output, ends, inner.well)
