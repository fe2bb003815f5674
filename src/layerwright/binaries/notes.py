"""The x86-64 levels that a file declares to need, in its GNU property note."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from layerwright.binaries.image import PT_NOTE, Segment

_PROPERTIES = 5
_ISA_NEEDED = 0xC0008002
_LEVELS = ("x86-64-baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4")
_MOST_BYTES = 1 << 16


def read_isa_needed(view: memoryview, segments: Iterable[Segment]) -> tuple[str, ...]:
    """Return the levels, lowest first; none where the notes say nothing or make no sense."""
    for part in segments:
        if part.type == PT_NOTE:
            step = 8 if part.align == 8 else 4
            notes = view[part.offset : part.offset + min(part.file_bytes, _MOST_BYTES)]
            bits = _isa_bits(notes, step)
            if bits:
                return tuple(level for bit, level in enumerate(_LEVELS) if bits >> bit & 1)
    return ()


def _isa_bits(notes: memoryview, step: int) -> int:
    at = 0
    while at + 12 <= len(notes):
        name_bytes, size, kind = struct.unpack_from("<III", notes, at)
        start = at + 12 + _padded(name_bytes, 4)
        if kind == _PROPERTIES and bytes(notes[at + 12 : at + 16]) == b"GNU\0":
            return _property(notes[start : start + size], step)
        at = start + _padded(size, step)
    return 0


def _property(part: memoryview, step: int) -> int:
    at = 0
    while at + 12 <= len(part):
        kind, size = struct.unpack_from("<II", part, at)
        if kind == _ISA_NEEDED:
            return int.from_bytes(part[at + 8 : at + 12], "little")
        at += 8 + _padded(size, step)
    return 0


def _padded(size: int, step: int) -> int:
    return (size + step - 1) // step * step
