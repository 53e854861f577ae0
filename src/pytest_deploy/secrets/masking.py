"""Masks secrets in whatever is shown to people: findings, source lines, reports."""

from __future__ import annotations

import re

from pytest_deploy.secrets.formats import tokens, urls
from pytest_deploy.secrets.names import is_secret_name
from pytest_deploy.secrets.references import is_reference

_MASKED = re.compile(r"[^\s…]{0,2}…\(\d+ characters\)")
_VALUE = r"(?:\"(?P<double>[^\"\n]+)\"|'(?P<single>[^'\n]+)'|(?P<bare>[^\s\"',;&|)}\]]+))"
_PAIR = re.compile(rf"(?P<name>[A-Za-z_][\w.-]*)[\"']?(?P<sign>\s*[:=]>?\s*)(?:(?:Bearer|Basic|token)\s+)?{_VALUE}")
_HEADER = re.compile(
    r"\b(?:authorization|x-api-key|x-auth-token|private-token)[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?(?P<bare>[^\s\"',;]+)",
    re.I,
)
_OPTION = re.compile(rf"(?<![\w-])--?(?P<name>[a-z][\w-]*)[= ]+{_VALUE}", re.IGNORECASE)
_LOGIN = re.compile(
    r"\b(?:docker|podman|buildah|helm|oras|skopeo|crane|az|mysql|mariadb|sshpass|redis-cli|mongo\w*|ftp)\b[^\n;|&]*?"
    r"\s-(?:p|a)[ =]?(?P<bare>[^\s\"'-][^\s\"';|&]*)"
)
_USER = re.compile(r"(?<![\w-])(?:-u|--user|--creds)[= ]*[\"']?[^\s\"':=]+:(?P<bare>[^\s\"']+)")


def mask_value(value: str) -> str:
    """A secret as it may be shown: ``AK…(20 characters)``; of a short one not even the beginning."""
    if _MASKED.fullmatch(value):
        return value
    shown = value[:2] if len(value) >= 12 and not re.search(r"[\s…]", value[:2]) else ""
    return f"{shown}…({len(value)} characters)"


def mask(text: str) -> str:
    """``text`` with every secret in it masked: known token formats, passwords in URLs, values of secret names, passwords on command
    lines. Masking twice changes nothing."""
    while True:
        done = _once(text)
        if done == text:
            return text
        text = done


def _once(text: str) -> str:
    out: list[str] = []
    position = 0
    for match in _MASKED.finditer(text):
        out += [_piece(text[position : match.start()]), match.group()]
        position = match.end()
    return "".join([*out, _piece(text[position:])])


def _piece(text: str) -> str:
    spans = [(hit.start, hit.end) for hit in tokens(text)]
    spans += [(hit.start, hit.end) for hit, *_ in urls(text)]
    for pattern, by_name in ((_PAIR, True), (_OPTION, True), (_HEADER, False), (_LOGIN, False), (_USER, False)):
        for match in pattern.finditer(text):
            if by_name and not is_secret_name(match["name"]):
                continue
            group = next(name for name in ("double", "single", "bare") if match.groupdict().get(name))
            if not is_reference(match[group]):
                spans.append(match.span(group))
    out: list[str] = []
    position = 0
    for start, end in _joined(spans):
        out += [text[position:start], mask_value(text[start:end])]
        position = end
    return "".join([*out, text[position:]])


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
