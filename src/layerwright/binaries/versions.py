"""Symbol versions: what a file needs of others (DT_VERNEED) and what it defines (DT_VERDEF)."""

from __future__ import annotations

import struct
from array import array
from typing import NamedTuple

from layerwright.binaries.dynamic import DT_VERDEF, DT_VERNEED, DT_VERSYM, Dynamic
from layerwright.binaries.image import DamageError, Image

_MOST = 1 << 15  # a version's index has 15 bits
_WEAK = 0x2


class Need(NamedTuple):
    """A version that is needed of a file."""

    soname: str
    version: str
    weak: bool


class Versions(NamedTuple):
    """The versions of a file by their index; ``of_symbol`` holds each symbol's index, bit 15 for a hidden one."""

    needs: dict[int, Need]
    definitions: dict[int, str]
    of_symbol: array[int]


def read_versions(image: Image, dynamic: Dynamic, symbols: int) -> Versions:
    """Return the version tables of a file with ``symbols`` dynamic symbols, all empty where it has none.

    Raises DamageError where a chain leaves its segment or has more links than there can be versions.
    """
    at = dynamic.values.get(DT_VERSYM)
    return Versions(
        needs=_needs(image, dynamic),
        definitions=_definitions(image, dynamic),
        of_symbol=array("H") if at is None else image.words(at, "H", symbols),
    )


def _needs(image: Image, dynamic: Dynamic) -> dict[int, Need]:
    found: dict[int, Need] = {}
    if DT_VERNEED not in dynamic.values:
        return found
    part = image.from_address(dynamic.values[DT_VERNEED])
    links, at = 0, 0
    while True:
        _, _, file, first, onward = _unpack("<HHIII", part, at)
        inner = at + first
        soname = dynamic.strings.at(file)
        while True:
            links = _count(links)
            _, flags, index, name, step = _unpack("<IHHII", part, inner)
            found[index & 0x7FFF] = Need(soname, _name(dynamic, name), bool(flags & _WEAK))
            if not step:
                break
            inner += step
        if not onward:
            return found
        at += onward


def _definitions(image: Image, dynamic: Dynamic) -> dict[int, str]:
    found: dict[int, str] = {}
    if DT_VERDEF not in dynamic.values:
        return found
    part = image.from_address(dynamic.values[DT_VERDEF])
    links, at = 0, 0
    while True:
        links = _count(links)
        _, _, index, _, _, first, onward = _unpack("<HHHHIII", part, at)
        name, _ = _unpack("<II", part, at + first)
        found[index & 0x7FFF] = _name(dynamic, name)
        if not onward:
            return found
        at += onward


def _name(dynamic: Dynamic, offset: int) -> str:
    return dynamic.strings.symbols((offset,))[0]


def _unpack(layout: str, part: memoryview, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(layout, part, at)
    except struct.error:
        raise DamageError("its symbol versions lie outside of its segments") from None


def _count(links: int) -> int:
    if links >= _MOST:
        raise DamageError("its symbol versions have no end")
    return links + 1
