"""What is said of a wheel's binaries: who says it, and how it is had again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from layerwright.wheels.store import DerivedKind
from layerwright.wheels.wheel import Wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class FactReader:
    """What looks into binaries: called with a member's name and bytes, ``read`` returns what JSON can hold.

    The bytes are good only during the call. ``kind`` names the shape of what is returned: what was kept under another
    name or version is not used.
    """

    kind: DerivedKind
    read: Callable[[str, bytes | bytearray | memoryview], object]


class ReadWheel(NamedTuple):
    """A wheel, and what the reader of facts said of each of its binaries, by member, sorted."""

    wheel: Wheel
    facts: Mapping[str, object]
