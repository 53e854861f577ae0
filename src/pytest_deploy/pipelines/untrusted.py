"""What strangers write: values of a run that anybody who can open an issue or a pull request decides, and names of code of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_deploy.pipelines.model import Call, Expression, Operation, Template, Value, Variable

_TEXTS = re.compile(
    # neutral names
    r"head_ref|upstream\.branch|"
    # free text of issues, pull requests, comments, reviews, discussions, pages
    r"github\.event\.(?:issue|pull_request|discussion)\.(?:title|body)|"
    r"github\.event\.(?:comment|review|review_comment)\.body|"
    r"github\.event\.pages(?:\.[\w*]+)?\.(?:page_name|title)|"
    # what a change and its author say of themselves
    r"github\.event\.pull_request\.head\.(?:ref|label|repo\.(?:default_branch|description|homepage))|"
    r"github\.event\.(?:head_commit|commits(?:\.[\w*]+)?)\.(?:message|(?:author|committer)\.(?:name|email))|"
    r"github\.event\.workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|(?:author|committer)\.(?:name|email))|"
    r"head_repository\.description|pull_requests(?:\.[\w*]+)?\.head\.ref)|"
    r"github\.event\.check_suite\.head_branch|github\.event\.check_run\.check_suite\.head_branch|"
    # other systems that put values into scripts before the shell sees them
    r"build\.sourceversionmessage|system\.pullrequest\.sourcebranch(?:name)?|pipeline\.git\.branch"
)
"""Variables whose text a stranger can write.

From <https://securitylab.github.com/resources/github-actions-untrusted-input/>, whose list is GitHub's own.
"""

_WHOLE = re.compile(
    r"github(?:\.event(?:\.(?:issue|pull_request|comment|discussion|head_commit|commits|review|workflow_run)(?:\.head)?)?)?"
)
"""Wholes that hold such text; written out (``toJSON``) it shows, while by itself a whole is the word ``Object``."""

_CODE = re.compile(
    r"head_ref|upstream\.branch|"
    r"github\.event\.pull_request\.(?:head\.(?:sha|ref|label)|merge_commit_sha)|"
    r"github\.event\.workflow_run\.(?:head_sha|head_branch|head_commit\.id|pull_requests(?:\.[\w*]+)?\.head\.(?:sha|ref))|"
    r"github\.event\.check_suite\.head_sha|github\.event\.check_run\.head_sha|"
    r"(?:steps\.[\w-]+|needs\.[\w-]+)\.outputs\.(?:\w*[_-])?(?:head|pr|pull)[_-]?(?:request[_-]?)?(?:sha|ref|branch|commit|head)\w*|"
    r"(?:steps\.[\w-]*(?:pr|pull|comment)[\w-]*)\.outputs\.(?:ref|sha|branch|head\w*|merge_sha)"
)
"""Names of a commit or branch of a pull request's author."""

_REPOSITORY = re.compile(
    r"github\.event\.pull_request\.head\.repo\.(?:full_name|name|clone_url|html_url|git_url|ssh_url)|"
    r"github\.event\.workflow_run\.head_repository\.(?:full_name|clone_url|html_url)|"
    r"(?:steps|needs)\.[\w-]+\.outputs\.(?:\w*[_-])?head[_-]?(?:repo|repository)\w*"
)
_PULL_REF = re.compile(r"refs/pull/|(?:^|[\s:+])pull/")

_YES_OR_NO = frozenset({"contains", "starts_with", "ends_with", "matches", "hash_files", "success", "failure", "cancelled", "always"})

_ABSENT: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"head_ref|github\.event\.pull_request\b.*|github\.event\.number"), frozenset({"pull_request", "pull_request_target"})),
    (re.compile(r"upstream\..*|github\.event\.workflow_run\b.*"), frozenset({"workflow_run"})),
    (re.compile(r"github\.event\.comment\b.*"), frozenset({"issue_comment", "pull_request_review_comment", "discussion_comment"})),
    (re.compile(r"github\.event\.issue\b.*"), frozenset({"issues", "issue_comment"})),
    (re.compile(r"github\.event\.review\b.*"), frozenset({"pull_request_review"})),
    (re.compile(r"github\.event\.label\b.*"), frozenset({"pull_request", "pull_request_target", "issues", "label", "discussion"})),
)
"""Names that are there in runs of some events only; in any other they are nothing."""

Context = Mapping[str, Template]
"""What names stand for where an expression stands: ``env.TITLE``, ``inputs.title``, ``needs.a.outputs.b`` -> what was written there."""


class Run(dict[str, Value]):
    """What is known of a run that the event called ``name`` (in the system's own word) causes: ``values``, and that what only other events
    bring along is nothing."""

    def __init__(self, name: str, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.name = name

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a variable."""
        if key in self:
            return self[key]
        review = self.name.startswith("pull_request_review")  # carries the pull request, too
        absent = any(
            pattern.fullmatch(key) and self.name not in events and not (review and key.startswith("github.event.pull_request"))
            for pattern, events in _ABSENT
        )
        return None if absent and self.name else default


def sources(expression: Expression, known: Context, depth: int = 0) -> Iterator[str]:
    """The names of what a stranger could put into the value of an expression; ``known`` is looked through."""
    if isinstance(expression, Variable):
        if _TEXTS.fullmatch(expression.name):
            yield expression.name
        elif expression.name in known and depth < 8:
            yield from texts(known[expression.name], known, depth + 1)
    elif isinstance(expression, Call) and expression.name in ("item", "items"):
        if _TEXTS.fullmatch(path_of(expression)):
            yield path_of(expression)
    elif isinstance(expression, Call) and expression.name not in _YES_OR_NO:
        for argument in expression.arguments:
            if expression.name in ("to_json", "join") and _WHOLE.fullmatch(path_of(argument)):
                yield path_of(argument)
            yield from sources(argument, known, depth)
    elif isinstance(expression, Operation) and expression.operator in ("and", "or"):
        # `a && b` gives `b`, or an `a` that is nothing.
        operands = expression.operands if expression.operator == "or" else expression.operands[-1:]
        for operand in operands:
            yield from sources(operand, known, depth)


def path_of(expression: Expression) -> str:
    """The dotted name of something taken out of a whole; ``*`` for what only the run knows."""
    if isinstance(expression, Variable):
        return expression.name
    if isinstance(expression, Call) and expression.name in ("item", "items") and expression.arguments:
        key = expression.arguments[1] if len(expression.arguments) > 1 else None
        return f"{path_of(expression.arguments[0])}.{getattr(key, 'value', '*')}"
    return ""


def texts(template: Template, known: Context, depth: int = 0) -> Iterator[str]:
    """The same of a text with expressions in it."""
    for part in template.parts:
        if not isinstance(part, str):
            yield from sources(part, known, depth)


def names_code(template: Template, known: Context, depth: int = 0) -> bool:
    """Whether a ref, branch or address names the code of whoever opened a pull request."""
    for part in template.parts:
        if isinstance(part, str):
            if _PULL_REF.search(part):
                return True
        elif any(_is_code(name, known, depth) for name in _values(part)):
            return True
    return False


def _values(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Call) and expression.name in ("item", "items"):
        yield path_of(expression)
    elif isinstance(expression, Call) and expression.name not in _YES_OR_NO:
        for argument in expression.arguments:
            yield from _values(argument)
            if isinstance(getattr(argument, "value", None), str) and _PULL_REF.search(str(getattr(argument, "value", ""))):
                yield "head_ref"
    elif isinstance(expression, Operation) and expression.operator in ("and", "or"):
        for operand in expression.operands if expression.operator == "or" else expression.operands[-1:]:
            yield from _values(operand)


def _is_code(name: str, known: Context, depth: int) -> bool:
    if _CODE.fullmatch(name) or _REPOSITORY.fullmatch(name):
        return True
    return name in known and depth < 8 and names_code(known[name], known, depth + 1)
