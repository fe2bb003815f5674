"""Where a root's own loader looks: its cache, and the folders that were compiled into it.

The loader never reads ``ld.so.conf``: that is for ldconfig, which writes the cache. A root without a cache has the
compiled-in folders alone.
"""

from __future__ import annotations

import posixpath
import re
import struct
from typing import Final, NamedTuple

from layerwright.binaries.root import Root

LOADERS: Final = {
    "x86_64": ("/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    "aarch64": ("/lib/ld-linux-aarch64.so.1", "/lib64/ld-linux-aarch64.so.1", "/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"),
}  # fmt: skip
_CACHE: Final = "/etc/ld.so.cache"
_MAGIC: Final = b"glibc-ld.so.cache1.1"
_HEADER_BYTES, _ENTRY_BYTES = 48, 24
# FLAG_ELF_LIBC6 with the machine's own bits (glibc, sysdeps/generic/ldconfig.h).
_FLAGS: Final = {"x86_64": 0x0303, "aarch64": 0x0A03}
# The loader holds its folders as one string, each ending in a slash and a NUL.
_COMPILED_IN = re.compile(rb"(?:/(?:[\w.+-]+/)*\0){2,}")


class CacheEntry(NamedTuple):
    """A library that the cache tells of; ``levels`` marks one for a better CPU only."""

    name: str
    path: str
    levels: int


def read_cache(root: Root, machine: str) -> tuple[CacheEntry, ...]:
    """Return the entries of a root's ld.so.cache for a machine, in its order; none where it has no cache.

    One that makes no sense is passed over, as the loader does.
    """
    data = root.read(_CACHE) or b""
    start = data.find(_MAGIC)
    if start < 0 or len(data) < start + _HEADER_BYTES:
        return ()
    data = data[start:]
    count, strings = struct.unpack_from("<II", data, len(_MAGIC))
    end = _HEADER_BYTES + count * _ENTRY_BYTES
    if end + strings > len(data):
        return ()
    entries = []
    for flags, key, value, _, levels in struct.iter_unpack("<iIIIQ", data[_HEADER_BYTES:end]):
        if flags == _FLAGS[machine]:
            entries.append(CacheEntry(_text(data, key), _text(data, value), levels))
    return tuple(entries)


def default_folders(root: Root, machine: str) -> tuple[str, ...]:
    """Return the folders that the root's loader searches last, as it has them compiled in."""
    for path in LOADERS[machine]:
        data = root.read(path) or b""
        found = max(_COMPILED_IN.findall(data), key=lambda text: text.count(b"lib"), default=b"")
        if b"lib" in found:
            return tuple(
                posixpath.normpath(part) for part in found.decode("ascii").split("\0") if "lib" in part
            )
    return (
        f"/lib/{machine}-linux-gnu",
        f"/usr/lib/{machine}-linux-gnu",
        "/lib64",
        "/usr/lib64",
        "/lib",
        "/usr/lib",
    )


def _text(data: bytes, offset: int) -> str:
    return data[offset : data.find(b"\0", offset)].decode("utf-8", "backslashreplace")
