"""Zips that something is wrong with: made by zipfile, then changed where a header stands."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

LOCAL = struct.Struct("<4s5H3L2H")


def write_zip(
    path: Path,
    members: Mapping[str, bytes],
    *,
    method: int = zipfile.ZIP_DEFLATED,
    modes: Mapping[str, int] | None = None,
) -> Path:
    """A zip with Unix modes: 0644 unless ``modes`` says otherwise, file type bits included."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.create_system = 3
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            archive.writestr(info, data)
    return path


def change(
    path: Path, name: str, *, local: Mapping[str, int] | None = None, central: Mapping[str, int] | None = None
) -> Path:
    """Change header fields of a member: ``flags``, ``method``, ``crc32``, ``compressed``, ``size``, ``offset`` (central alone)."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
    fields = {
        "flags": ("<H", 6),
        "method": ("<H", 8),
        "crc32": ("<L", 14),
        "compressed": ("<L", 18),
        "size": ("<L", 22),
    }
    for field, value in (local or {}).items():
        struct.pack_into(fields[field][0], data, info.header_offset + fields[field][1], value)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(name.encode())] != name.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    for field, value in (central or {}).items():
        if field == "offset":
            struct.pack_into("<L", data, at + 42, value)
        else:
            struct.pack_into(fields[field][0], data, at + fields[field][1] + 2, value)
    path.write_bytes(data)
    return path


def content_offset(path: Path, name: str) -> int:
    """Where a member's bytes begin."""
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(name).header_offset
    header = LOCAL.unpack_from(path.read_bytes(), start)
    return start + LOCAL.size + header[9] + header[10]
