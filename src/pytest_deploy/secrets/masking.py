"""Masks secrets in whatever is shown to people: findings, source lines, reports."""

from __future__ import annotations

import functools
import re

from pytest_deploy.secrets.formats import USERINFO, tokens
from pytest_deploy.secrets.names import is_secret_name
from pytest_deploy.secrets.references import ALTERNATIVE, DEFAULT, VARIABLE, is_reference

_MASKED = re.compile(r"[^\s…]{0,2}…\(\d+ characters\)")
_VALUE = r"(?:\"(?P<double>[^\"\n\0]+)\"|'(?P<single>[^'\n\0]+)'|(?P<bare>(?!(?:bearer|basic|token)\b)[^\s\"',;&|)}\]\0]+))"
_PAIR = re.compile(
    rf"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{{0,80}})[\"']?[^\S\n]{{0,200}}[:=]>?[^\S\n]{{0,200}}(?:(?:bearer|basic|token)\s+)?{_VALUE}",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"(?<![\w-])--?(?P<name>[a-z][\w-]{{0,80}})[= ]+{_VALUE}", re.IGNORECASE)
_HEADER = re.compile(
    r"\b(?:authorization|x-api-key|x-auth-token|private-token)[\"']?[^\S\n]{0,20}[:=][^\S\n]{0,20}[\"']?(?:(?:bearer|basic|token)\s+)?"
    r"(?P<bare>(?!(?:bearer|basic|token)\b)[^\s\"',;\0]+)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:(?:docker|podman|buildah|helm|oras|skopeo|crane|az|nerdctl)\b[^\n;|&]{0,200}?\slogin\b[^\n;|&]{0,200}?\s-p[ =]?"
    r"|(?:mysql|mariadb)[\w-]*\b[^\n;|&]{0,200}?\s-p|sshpass\s+-p\s*|redis-cli\b[^\n;|&]{0,200}?\s-a\s+)"
    r"[\"']?(?P<bare>[^\s\"'\0-][^\s\"';|&\0]*)"
)
_USER = re.compile(r"(?<![\w-])(?:-u|--user|--creds)[= ]{0,3}[\"']?[^\s\"':=]{1,100}:(?P<bare>[^\s\"'\0]+)")


def mask_value(value: str) -> str:
    """A secret as it may be shown: ``AK…(20 characters)``; of a short one not even the beginning."""
    if _MASKED.fullmatch(value):
        return value
    shown = value[:2] if len(value) >= 12 and not re.search(r"[\s…]", value[:2]) else ""
    return f"{shown}…({len(value)} characters)"


def mask(text: str) -> str:
    """``text`` with every secret in it masked: known token formats, passwords in URLs, values of secret names, passwords on command
    lines. Masking twice changes nothing."""
    return _kept(text) if len(text) <= _SHORT else _masked(text)


_SHORT = 1000
"""So many characters has what is said of many files alike: reasons, hints."""


@functools.lru_cache(maxsize=4096)
def _kept(text: str) -> str:
    return _masked(text)


def _masked(text: str) -> str:
    while True:
        done = _once(text)
        if done == text:
            return text
        text = done


def _once(text: str) -> str:
    masked = [match.span() for match in _MASKED.finditer(text)]
    # What an expression names is no secret, nor is what is masked already; blanked, they end whatever value they stand in.
    blank = VARIABLE.sub(lambda match: "\0" * len(match.group()), text)
    for start, end in masked:
        blank = blank[:start] + "\0" * (end - start) + blank[end:]
    spans = [(hit.start, hit.end) for hit in tokens(text)] + _defaults(text)
    spans += [match.span("password") for match in USERINFO.finditer(blank) if "\0" not in match["password"]]
    for pattern in (_PAIR, _OPTION, _HEADER, _LOGIN, _USER):
        for match in pattern.finditer(blank):
            groups = match.groupdict()
            if "name" not in groups or is_secret_name(groups["name"]):
                value = next(name for name in ("double", "single", "bare") if groups.get(name))
                if not is_reference(match[value]):
                    spans.append(match.span(value))
    out: list[str] = []
    position = 0
    for start, end in _joined([span for span in spans if not any(span[0] < end and start < span[1] for start, end in masked)]):
        out += [text[position:start], mask_value(text[start:end])]
        position = end
    return "".join([*out, text[position:]])


def _defaults(text: str) -> list[tuple[int, int]]:
    """The literals that stand in for a secret: ``${PASSWORD:-literal}``, ``${{ secrets.X || 'literal' }}``."""
    spans = [match.span("default") for match in DEFAULT.finditer(text) if is_secret_name(match["name"])]
    for expression in VARIABLE.finditer(text):
        if "secrets." in expression.group() or any(is_secret_name(name) for name in re.findall(r"\w+", expression.group())):
            for match in ALTERNATIVE.finditer(text, expression.start(), expression.end()):
                spans.append(match.span("default" if match["default"] is not None else "double"))
    return [(start, end) for start, end in spans if end > start and not is_reference(text[start:end])]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
