"""Where a zip's directory is, as its end records say (APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16)."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final, NamedTuple

from layerwright.errors import IntegrityError

MAX_DIRECTORY_BYTES: Final = 64 << 20
"""Room for a million members; a directory that claims more is refused."""

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE: Final = b"PK\x05\x06"
_LOCATOR64 = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_MAX_COMMENT: Final = 0xFFFF
_IN_ZIP64: Final = 0xFFFFFFFF


class ZipEnd(NamedTuple):
    """Where the directory is: its start and size, how many members it claims, and what stands before and behind."""

    start: int
    size: int
    claimed: int
    leading: int
    trailing: int


def find_end(file: BinaryIO, file_bytes: int, name: str) -> ZipEnd:
    """Find the directory through the end record."""
    tail_start = max(0, file_bytes - _END.size - _MAX_COMMENT)
    tail = read_at(file, tail_start, file_bytes - tail_start)
    at, trailing = _last_end_record(tail)
    if at < 0:
        raise IntegrityError(f"{name}: not a zip, or cut off: it has no end record")
    _, disk, first_disk, _, claimed, size, start, _ = _END.unpack_from(tail, at)
    end_at = tail_start + at
    if 0xFFFF in (disk, first_disk, claimed) or _IN_ZIP64 in (size, start):
        found = _find_end64(file, end_at, name)
        if found:
            end_at, disk, first_disk, claimed, size, start = found
    if disk or first_disk:
        raise IntegrityError(f"{name}: a zip spread over several disks can't be read")
    if size > MAX_DIRECTORY_BYTES:
        raise IntegrityError(
            f"{name}: a zip directory of {size} bytes; {MAX_DIRECTORY_BYTES} is the most that is read"
        )
    leading = end_at - size - start
    if leading < 0:
        raise IntegrityError(f"{name}: the zip directory would end behind its own end record")
    return ZipEnd(end_at - size, size, claimed, leading, trailing)


def _last_end_record(tail: bytes) -> tuple[int, int]:
    """Where the end record is in ``tail``, and how many bytes are behind it: the last that reaches the end, or the last."""
    position, fallback = len(tail), (-1, 0)
    while (position := tail.rfind(_END_SIGNATURE, 0, position)) >= 0:
        surplus = (
            len(tail) - position - _END.size - int.from_bytes(tail[position + 20 : position + 22], "little")
        )
        if surplus == 0:
            return position, 0
        if surplus > 0 and fallback[0] < 0:
            fallback = position, surplus
    return fallback


def _find_end64(file: BinaryIO, end_at: int, name: str) -> tuple[int, int, int, int, int, int] | None:
    """Where the ZIP64 end record is, and its disk numbers, claimed count, size and start; None where there is none."""
    if end_at < _LOCATOR64.size:
        return None
    signature, _, offset, _ = _LOCATOR64.unpack(read_at(file, end_at - _LOCATOR64.size, _LOCATOR64.size))
    if signature != b"PK\x06\x07":
        return None
    # Bytes before the archive shift the record, and the locator doesn't know: it then stands just before the locator.
    for at in (offset, end_at - _LOCATOR64.size - _END64.size):
        if 0 <= at <= end_at - _END64.size:
            record = _END64.unpack(read_at(file, at, _END64.size))
            if record[0] == b"PK\x06\x06":
                _, _, _, _, disk, first_disk, _, claimed, size, start = record
                return at, disk, first_disk, claimed, size, start
    raise IntegrityError(f"{name}: the ZIP64 end record is missing")


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Return up to ``size`` bytes from ``offset``."""
    file.seek(offset)
    return file.read(size)
