"""An ELF's header and segments, and its memory as the loader would map it; every read is bounded by the file."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

PT_LOAD: Final = 1
PT_DYNAMIC: Final = 2
PT_INTERP: Final = 3
PT_NOTE: Final = 4
PT_GNU_STACK: Final = 0x6474E551

MACHINES: Final = {
    2: "sparc", 3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390", 40: "arm", 43: "sparc64", 62: "x86_64",
    183: "aarch64", 243: "riscv", 247: "bpf", 258: "loongarch",
}  # fmt: skip
TYPES: Final = {1: "relocatable", 2: "executable", 3: "shared", 4: "core"}

_LONGEST_NAME = 1 << 16  # bytes; mangled names of a few thousand occur
_BATCH = 256  # names, so that no more than 16 MB are held before they are counted
_PLAIN = bytes(byte for byte in range(33, 127)) + b"\0"


class DamageError(ValueError):
    """The bytes contradict themselves; never leaves ``binaries``."""


class Segment(NamedTuple):
    """A program header."""

    type: int
    flags: int
    offset: int
    address: int
    file_bytes: int
    memory_bytes: int
    align: int


class Header(NamedTuple):
    """The file header and the program headers; ``entry_bytes`` is e_phentsize."""

    bits: int
    little_endian: bool
    machine: str
    type: str
    entry_bytes: int
    segments: tuple[Segment, ...]


def read_header(view: memoryview) -> Header:
    """Return the headers of an ELF, of either class and byte order.

    Raises DamageError, with the loader's own words, where they don't fit in the file.
    """
    bits = {1: 32, 2: 64}.get(view[4] if len(view) > 4 else 0)
    if len(view) < 64 and (bits != 32 or len(view) < 52):
        raise DamageError("file too short")
    if bits is None or view[5] not in (1, 2):
        raise DamageError("invalid ELF header")
    order = "<" if view[5] == 1 else ">"
    layout = "HHIQQQIHHH" if bits == 64 else "HHIIIIIHHH"
    kind, machine, _, _, offset, _, _, _, entry_bytes, count = struct.unpack_from(order + layout, view, 16)
    if offset + count * entry_bytes > len(view):
        raise DamageError("cannot read file data")
    segments = _segments(view, order + ("IIQQQQQQ" if bits == 64 else "IIIIIIII"), offset, entry_bytes, count)
    return Header(
        bits=bits,
        little_endian=order == "<",
        machine=MACHINES.get(machine, f"machine {machine}"),
        type=TYPES.get(kind, f"type {kind}"),
        entry_bytes=entry_bytes,
        segments=segments,
    )


def _segments(
    view: memoryview, layout: str, offset: int, entry_bytes: int, count: int
) -> tuple[Segment, ...]:
    size = struct.calcsize(layout)
    if entry_bytes != size:  # the loader refuses those, and no one can tell where their fields are
        return ()
    found = []
    for fields in struct.iter_unpack(layout, view[offset : offset + count * size]):
        if "Q" in layout:
            kind, flags, at, address, _, file_bytes, memory_bytes, align = fields
        else:
            kind, at, address, _, file_bytes, memory_bytes, flags, align = fields
        found.append(Segment(kind, flags, at, address, file_bytes, memory_bytes, align))
    return tuple(found)


class Image:
    """The memory of a 64-bit little-endian ELF, addressed as the loader does once its PT_LOAD segments are mapped."""

    __slots__ = ("_loads", "_view")

    def __init__(self, view: memoryview, segments: tuple[Segment, ...]) -> None:
        """Keep the segments that hold bytes of the file; a later one lies over an earlier."""
        self._view = view
        self._loads = [part for part in reversed(segments) if part.type == PT_LOAD and part.file_bytes]

    def from_address(self, address: int) -> memoryview:
        """Return the bytes from an address to the end of its segment, as far as the file has them.

        Raises DamageError where nothing is mapped there.
        """
        for part in self._loads:
            inside = address - part.address
            if 0 <= inside < part.file_bytes:
                return self._view[part.offset + inside : part.offset + part.file_bytes]
        raise DamageError(f"address {address:#x} lies outside of its segments")

    def words(self, address: int, code: str, count: int) -> array[int]:
        """Return up to ``count`` little-endian integers of the array type ``code`` from an address."""
        words = array(code)
        view = self.from_address(address)
        room = min(count, len(view) // words.itemsize)
        words.frombytes(view[: room * words.itemsize])
        if sys.byteorder == "big":
            words.byteswap()
        return words


class Strings:
    """The dynamic string table; what is taken from it stays bounded, however a hostile file points into it."""

    __slots__ = ("_budget", "_plain", "_text")

    def __init__(self, view: memoryview) -> None:
        """Copy the table once; a search in text is far faster than in a view.

        Raises DamageError where a name in it is longer than any honest one.
        """
        data = bytes(view)
        for start in range(0, len(data) - _LONGEST_NAME, _LONGEST_NAME // 2):
            if data.find(b"\0", start, start + _LONGEST_NAME // 2) < 0:
                raise DamageError("a name in its string table has no end")
        self._plain = not data.translate(None, _PLAIN)
        self._text = data.decode("latin-1") + "\0"
        self._budget = 2 * len(data) + (16 << 20)

    def at(self, offset: int) -> str:
        """Return the text at an offset, with what can't be printed escaped."""
        text = self._text[offset : self._text.find("\0", offset)]
        self._spend(len(text))
        return text if self._plain else _printable(text)

    def symbols(self, offsets: Sequence[int]) -> list[str]:
        """Return the texts at many offsets, without a space in any."""
        text, find = self._text, self._text.find
        found: list[str] = []
        for start in range(0, len(offsets), _BATCH):
            batch = [text[at : find("\0", at)] for at in offsets[start : start + _BATCH]]
            self._spend(sum(map(len, batch)))
            found += batch
        return found if self._plain else [_printable(name).replace(" ", "\\x20") for name in found]

    def _spend(self, size: int) -> None:
        self._budget -= size
        if self._budget < 0:
            raise DamageError("its names overlap beyond reason")


def _printable(text: str) -> str:
    text = text.encode("latin-1").decode("utf-8", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
