"""Reading what an answer claims to be."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from pytest_deploy.smoke.address import shown
from pytest_deploy.smoke.failures import AnswerUnreadable

if TYPE_CHECKING:
    import httpx

_JSON = re.compile(r"application/(?:[\w.-]+\+)?json|text/json", re.IGNORECASE)


def name_of(response: httpx.Response) -> str:
    """The request that was answered, as it may be shown: ``GET https://host/path``."""
    return f"{response.request.method} {shown(str(response.request.url))}"


def says_json(response: httpx.Response) -> bool:
    """Whether an answer says that it is JSON."""
    return _JSON.match(response.headers.get("content-type", "").strip()) is not None


def json_of(response: httpx.Response) -> Any:
    """The JSON value of an answer.

    Raises ``AnswerUnreadable`` when there is none, saying what stands there instead.
    """
    name = name_of(response)
    if not response.content.strip():
        raise AnswerUnreadable(f"{name}: JSON is expected, and the body is empty")
    try:
        return json.loads(_text(response))
    except RecursionError:
        raise AnswerUnreadable(f"{name}: its JSON is nested too deep to be read") from None
    except ValueError as error:
        said = str(error) if isinstance(error, json.JSONDecodeError) else "a number in it is too long"
        kind = response.headers.get("content-type", "").partition(";")[0].strip()[:60]
        what = f"it says it is {kind}, but" if says_json(response) else "JSON is expected, and" + (f" it is {kind}:" if kind else "")
        raise AnswerUnreadable(f"{name}: {what} the body is no JSON: {said}") from None


def _text(response: httpx.Response) -> str:
    # JSON is UTF-8 (RFC 8259); a server that names another character set is taken at its word.
    charset = response.charset_encoding or "utf-8"
    try:
        codec = codecs.lookup(charset)
    except LookupError:
        raise AnswerUnreadable(f"{name_of(response)}: it says its character set is {charset[:40]!r}, which there is not") from None
    if codec.name == "utf-8":
        codec = codecs.lookup("utf-8-sig")
    try:
        text, _ = codec.decode(response.content)
    except UnicodeDecodeError as error:
        byte = response.content[error.start : error.start + 1].hex()
        raise AnswerUnreadable(
            f"{name_of(response)}: the body is not {codec.name.removesuffix('-sig')}: byte 0x{byte} at {error.start}"
        ) from None
    except (ValueError, TypeError):  # a codec of Python that is no character set
        raise AnswerUnreadable(f"{name_of(response)}: it says its character set is {charset[:40]!r}, which there is not") from None
    if not isinstance(text, str):
        raise AnswerUnreadable(f"{name_of(response)}: it says its character set is {charset[:40]!r}, which is none")
    return text


class PointerProblem(LookupError):
    """A JSON pointer that leads nowhere; the text says how far it led."""


def at_pointer(value: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; the empty one is the whole.

    Raises ``PointerProblem``.
    """
    done = ""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9]\d{0,8}", key) and int(key) < len(value):
            value = value[int(key)]
        else:
            raise PointerProblem(f"there is no {key!r} {f'in {done}' if done else 'at the top'}{_has(value)}")
        done += f"/{part}"
    return value


def _has(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(str(key) for key in value)
        return f" (there is {', '.join(names[:8])}{', …' if len(names) > 8 else ''})" if names else " (it is empty)"
    return f" (it has {len(value)} elements)" if isinstance(value, list) else f" (it is a {kind_of(value)})"


def kind_of(value: Any) -> str:
    """What a JSON value is: ``text``, ``number``, ``object``…"""
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return kinds.get(type(value), type(value).__name__)
