"""The records of a zip that we write: local headers, the central directory, its end (APPNOTE.TXT 6.3.10).

Only what differs between members is given; the rest is fixed, so that the same content gives the same bytes:
dates are 1980-01-01 00:00, the earliest that a zip can hold, and the creator is Unix.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")

_UNIX: Final = 3
_DATE: Final = (1980 - 1980) << 9 | 1 << 5 | 1
_UTF8: Final = 0x800
_MAX16: Final = 0xFFFF
_MAX32: Final = 0xFFFFFFFF


class Record(NamedTuple):
    """A member as the zip's records describe it; ``mode`` is the full Unix mode, with the file's type."""

    name: str
    method: int
    crc32: int
    compressed_bytes: int
    size_bytes: int
    mode: int


def local_header(record: Record) -> bytes:
    """Return the header that stands before a member's bytes."""
    name = record.name.encode()
    extra = b""
    compressed, size = record.compressed_bytes, record.size_bytes
    if compressed >= _MAX32 or size >= _MAX32:
        extra = struct.pack("<HHQQ", 1, 16, size, compressed)
        compressed = size = _MAX32
    flags = 0 if name.isascii() else _UTF8
    fixed = _LOCAL.pack(
        *(b"PK\x03\x04", 45 if extra else 20, flags, record.method, 0, _DATE),
        *(record.crc32, compressed, size, len(name), len(extra)),
    )
    return fixed + name + extra


def local_header_bytes(record: Record) -> int:
    """Return the length of ``local_header(record)``."""
    large = record.compressed_bytes >= _MAX32 or record.size_bytes >= _MAX32
    return _LOCAL.size + len(record.name.encode()) + (20 if large else 0)


def central_header(record: Record, offset: int) -> bytes:
    """Return the member's entry in the central directory; ``offset`` is where its local header begins."""
    name = record.name.encode()
    wide = [value for value in (record.size_bytes, record.compressed_bytes, offset) if value >= _MAX32]
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = 45 if wide else 20
    flags = 0 if name.isascii() else _UTF8
    fixed = _CENTRAL.pack(
        *(b"PK\x01\x02", _UNIX << 8 | version, version, flags, record.method, 0, _DATE),
        *(record.crc32, min(record.compressed_bytes, _MAX32), min(record.size_bytes, _MAX32)),
        *(len(name), len(extra), 0, 0, 0, record.mode << 16, min(offset, _MAX32)),
    )
    return fixed + name + extra


def end_of_directory(*, count: int, offset: int, size_bytes: int) -> bytes:
    """Return what stands behind the central directory, with the ZIP64 records where the numbers need them."""
    wide = b""
    if count >= _MAX16 or offset >= _MAX32 or size_bytes >= _MAX32:
        wide = _END64.pack(b"PK\x06\x06", 44, _UNIX << 8 | 45, 45, 0, 0, count, count, size_bytes, offset)
        wide += _LOCATOR64.pack(b"PK\x06\x07", 0, offset + size_bytes, 1)
    narrow = min(count, _MAX16)
    end = _END.pack(b"PK\x05\x06", 0, 0, narrow, narrow, min(size_bytes, _MAX32), min(offset, _MAX32), 0)
    return wide + end
