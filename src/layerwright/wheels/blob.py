"""Small data with its checksum before it, so that damage is noticed, and data under another key is not mistaken for it."""

from __future__ import annotations

import struct
import zlib
from typing import Final

_HEADER = struct.Struct("<4sIQ")
_MAGIC: Final = b"lw\x00\x01"


def wrap_blob(data: bytes, key: str) -> bytes:
    """The data as it is kept under a key."""
    return _HEADER.pack(_MAGIC, _checksum(key, data), len(data)) + data


def unwrap_blob(blob: bytes, key: str) -> bytes | None:
    """The data of a blob; None where it is damaged, or was kept under another key."""
    if len(blob) < _HEADER.size:
        return None
    magic, checksum, length = _HEADER.unpack_from(blob)
    data = blob[_HEADER.size :]
    sound = magic == _MAGIC and length == len(data) and checksum == _checksum(key, data)
    return data if sound else None


def _checksum(key: str, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(key.encode()))
