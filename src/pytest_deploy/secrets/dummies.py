"""What stands in a secret's place without being one: placeholders, evident dummies, names, paths, numbers, public keys."""

from __future__ import annotations

import math
import re
from collections import Counter

from pytest_deploy.secrets.tables import words

_WORDS = words(
    """
    example examples sample dummy test tests testing tester fake mock mocked placeholder changeme change changethis replace
    replaceme your insert todo tbd fixme xxx throwaway unsafe insecure dev devel development local localhost demo foo bar
    baz foobar foobarbaz redacted hidden masked removed none null nil undefined empty unset here lorem ipsum notreal ci e2e
    qwerty hello world build ignored unused irrelevant whatever anything something random some any temp tmp temporary stub
    noop invalid nonexistent
    """
)
"""Words that say of a value that it is no real one."""

_EXACT = words(
    """
    true false yes no on off none null nil undefined read write inherit auto default required optional enabled disabled
    always never string str text bearer basic jwt opaque password passwd pass pwd passphrase secret secrets token key
    apikey username user value credentials admin:admin user:password user:pass
    """
)
_PARTS = re.compile(
    r"change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)|"
    r"not[-_ ]?(?:a[-_ ]?)?(?:so[-_ ]?|very[-_ ]?|that[-_ ]?)?(?:real|secret|secure|used|needed)|"
    r"your[-_ ]|[-_ ]here$|example|dummy|placeholder|fake(?!r)|(?:my|super|very|top)[-_ ]?secret|secret[-_ ]?(?:key|token|value|password)|"
    r"(?:dev|test|local)(?:[-_ ]?only)|throw[-_ ]?away|in[-_ ]?secure|unsafe|x{4,}|\*{3,}|\.{3}|…|testing|fixme|do[-_ ]?not[-_ ]?use|"
    r"(?:test|dev|ci|my|the|any|some|a)[-_ ]?(?:api)?[-_ ]?(?:password|passwd|pass|pwd|secret|token|key)|"
    r"(?:p[a@]ss(?:w[o0]r?d)?|passwd|secret)[-_ ]?\d{0,6}[!@#$]?$|(?:cafe|babe|beef|dead|face|feed|f00d|c0ffee|baad){2,}",
    re.IGNORECASE,
)
_SEQUENCES = (
    "0123456789" * 8,
    "1234567890" * 8,
    "0123456789abcdef" * 8,
    "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
    "9876543210" * 4,
    "qwertyuiopasdfghjklzxcvbnm",
)
_BRACKETED = re.compile(r"<.*>|\[.*\]|\{.*\}|\(.*\)|_{2,}.*_{2,}|%.*%|@.*@|#.*#", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d[\d_.,:]*(?:[smhd]|ms|min|MB|Mi|Gi|KB|%)?")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,8}")
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_PUBLIC = re.compile(r"-----BEGIN (?:[A-Z0-9 ]+ )?(?:PUBLIC KEY|CERTIFICATE)|ssh-(?:rsa|ed25519|dss) |ecdsa-sha2-|age1[0-9a-z]{20}")
_DIGEST = re.compile(r"(?:sha(?:1|256|384|512)|md5)[:-]\S+|\$(?:2[aby]|5|6|argon2\w*|apr1|y)\$\S+|\{SHA\}\S+", re.IGNORECASE)
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.@+ -]+(?:[/\\][\w.@+ -]*)*")
_SEGMENTS = re.compile(r"[a-z][a-z0-9_.-]*(?:/[a-z0-9_.-]+)+", re.IGNORECASE)
_FILE = re.compile(r"[\w./-]+\.(?:pem|key|crt|cer|json|ya?ml|txt|env|p12|pfx|jks|gpg|asc|pub|toml|ini|conf|cfg|py|js|ts|rb|php|sh|enc|age)")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_NAMED = re.compile(r"[a-z][a-z0-9]*(?:[-_.:/][a-z0-9]+)+", re.IGNORECASE)
_NAMING = words(
    "secret secrets password passwords passwd token tokens key keys credential credentials creds auth salt pepper certificate cert tls"
)


def is_dummy(value: str, name: str = "") -> bool:
    """Whether a value is an evident dummy or nothing that could be a secret. ``name`` is that of its variable."""
    text = value.strip().strip("\"'").strip()
    if len(text) < 3 or text.lower() in _EXACT or _BRACKETED.fullmatch(text) or _NUMBER.fullmatch(text) or _HEX.fullmatch(text):
        return True
    if name and _bare(text) == _bare(name):
        return True
    if name.lower() == "secret" and re.fullmatch(r"[a-z]+(?:-[a-z0-9]+)+", text):
        return True  # which secret, not what it is
    return _placeholder(text) or is_repetitive(text) or _public_or_place(text) or _names_a_secret(text)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _placeholder(text: str) -> bool:
    if _PARTS.search(text):
        return True
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", text)]
    if any(part in _WORDS and (len(part) > 3 or _stands_alone(part, text)) for part in parts):
        return True
    # Prose: a note in a value's place.
    return text.count(" ") >= 2 and sum(map(str.isalpha, text)) + text.count(" ") > 0.9 * len(text)


def _stands_alone(word: str, text: str) -> bool:
    # Three letters turn up in random text, too; between separators they are a word.
    return re.search(rf"(?:^|[^a-z0-9]){word}(?:[^a-z0-9]|$)", text, re.IGNORECASE) is not None


def is_repetitive(text: str) -> bool:
    """A repeated character or group, or a walk along the alphabet, the digits or the keyboard."""
    bare = re.sub(r"[\W_]", "", text).lower()
    if not bare:
        return True
    if len(bare) >= 3 and len(set(bare)) <= 2:
        return True
    if len(bare) >= 6 and any(bare in walk for walk in _SEQUENCES):
        return True
    repeated = re.match(r"(.{1,8}?)\1+", bare)
    return repeated is not None and len(repeated[0]) >= max(6, 0.7 * len(bare))


def _public_or_place(text: str) -> bool:
    if _PUBLIC.match(text) or _DIGEST.fullmatch(text):
        return True
    if _URL.fullmatch(text) or _FILE.fullmatch(text) or (_PATH.fullmatch(text) and entropy(text) < 4.2):
        return True
    return bool(_SEGMENTS.fullmatch(text)) and not re.search(r"[A-Z].*[0-9]|[0-9].*[A-Z]", text) and entropy(text) < 4.0


def _names_a_secret(text: str) -> bool:
    """``my-app-db-password``, ``DB_PASSWORD``, ``prod/api-token``: how a secret is called, not what it is."""
    if _VARIABLE_NAME.fullmatch(text):
        return True
    parts = re.split(r"[-_.:/]", text.lower())
    return bool(_NAMED.fullmatch(text) and _NAMING.intersection(parts)) and max(map(len, parts)) < 20 and entropy(text) < 4.2


def entropy(text: str) -> float:
    """Bits per character (Shannon). A hint only: short passwords have little of it, and long names much."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values()) if text else 0.0
