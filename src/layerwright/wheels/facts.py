"""What is said of the binaries in a wheel: who says it, and how it is had again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from layerwright.wheels.store import DerivedKind
from layerwright.wheels.wheel import Wheel

HEAD_BYTES: Final = 64
"""How much of a member's beginning a reader is shown before it says whether it wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactReader:
    """What looks into members, binaries as a rule.

    ``wants`` says by a member's name and its first 64 bytes whether it is to be read; ``read`` is then called with name and
    bytes, which are good only during the call, and returns what JSON can hold. ``kind`` names the shape of what is
    returned: what was kept under another name or version is not used.
    """

    kind: DerivedKind
    wants: Callable[[str, bytes], bool]
    read: Callable[[str, bytes | bytearray | memoryview], object]


class ReadWheel(NamedTuple):
    """A wheel, and what the reader of facts said of each member that it wanted, sorted by name."""

    wheel: Wheel
    facts: Mapping[str, object]
