"""What kind of environment a name means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, cast

EnvironmentKind = Literal["production", "staging", "development", "review", "other"]
"""``staging`` is any that stands in for production before it (staging, uat, qa, preprod, …); ``development`` test, dev, sandbox;
``review`` review, preview, ephemeral and pull-request environments; ``other`` a name of none of these kinds (demo)."""

_KINDS = frozenset({"production", "staging", "development", "review"})

# Names of one or more words, each a whole word of the text.
_NAMES: Mapping[EnvironmentKind, str] = {
    "production": "production prod prd live producao produccion produktion",
    "staging": (
        "staging stage stg uat qa preproduction preprod preprd prelive pre-production pre-prod pre-prd pre-live pp "
        "acceptance acc sit homolog homologation homologacao hml"
    ),
    "development": (
        "development develop dev test testing tst sandbox sbx int integration playground local "
        "nonproduction nonprod non-production non-prod nonprd non-prd"
    ),
    "review": "review preview previews ephemeral pr mr pullrequest pull-request merge-request reviewapp reviewapps",
}
_BUILT_IN: Mapping[tuple[str, ...], EnvironmentKind] = {
    tuple(name.split("-")): kind for kind, names in _NAMES.items() for name in names.split()
}

_PREFERENCE = (
    ("staging", "stg"),
    ("test", "testing", "tst"),
    ("preproduction", "preprod", "preprd", "prelive", "pp"),
    ("uat", "acceptance", "acc"),
    ("qa",),
    ("stage",),
    ("dev", "development", "develop"),
)

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def words(text: str) -> tuple[str, ...]:
    """The words of a name, in lower case: parted at everything but letters and where a small letter meets a capital one
    (``deployToProd``). Numbers are no words: ``prod2`` is ``prod``."""
    return tuple(word.lower() for word in _WORD.findall(text) if not word.isdigit())


class Environments:
    """Names of environments by whole words; those of the settings have the last word."""

    def __init__(self, named: Mapping[str, tuple[str, ...]]) -> None:
        self.named = named
        # ``[]`` would match everywhere
        self._named: dict[tuple[str, ...], EnvironmentKind] = {
            phrase: cast(EnvironmentKind, kind) if kind in _KINDS else "other"
            for kind, names in named.items()
            for name in names
            if (phrase := words(name))
        }

    def kind(self, text: str) -> EnvironmentKind | None:
        """The kind of environment that a word or name speaks of (``prod-eu``, ``deploy to UAT``); ``None`` when of none.

        Of several, a review environment is one whatever else is said; of production and those before it the last one named
        counts (``promote staging to production``, ``prod-cluster/staging``); ``test`` and ``dev``, which are verbs and folders
        too, come last.
        """
        spoken = words(text)
        own = [kind for _, kind in _named_in(spoken, self._named)]
        if own:
            return own[-1]
        kinds = [kind for _, kind in _named_in(spoken, _BUILT_IN)]
        if "review" in kinds:
            return "review"
        strong = [kind for kind in kinds if kind != "development"]
        return (strong or kinds or [None])[-1]

    def kinds(self, text: str) -> frozenset[EnvironmentKind]:
        """All kinds of environments that a name speaks of."""
        spoken = words(text)
        return frozenset(kind for names in (self._named, _BUILT_IN) for _, kind in _named_in(spoken, names))

    def preference(self, text: str) -> int | None:
        """How well an environment stands in for production before it: the lower the better, ``None`` when it does not at all.

        The order is the checklist's (section 7): staging, then test, preprod, uat, qa, stage, dev, then any other.
        """
        if self.kind(text) not in ("staging", "development"):
            return None
        spoken = words(text)
        joined = {"".join(phrase) for phrase, _ in _named_in(spoken, _BUILT_IN)}
        return next((rank for rank, names in enumerate(_PREFERENCE) if joined & set(names)), len(_PREFERENCE))


def _named_in(
    spoken: tuple[str, ...], names: Mapping[tuple[str, ...], EnvironmentKind]
) -> Iterator[tuple[tuple[str, ...], EnvironmentKind]]:
    """The names found in a row of words, in order; of two that begin at one word the longer (``pre prod`` hides ``prod``)."""
    longest = max(map(len, names), default=0)
    index = 0
    while index < len(spoken):
        for length in range(longest, 0, -1):
            phrase = spoken[index : index + length]
            if len(phrase) == length and phrase in names:
                yield phrase, names[phrase]
                index += length
                break
        else:
            index += 1
