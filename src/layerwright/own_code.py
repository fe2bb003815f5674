"""Our own code and data, as what the store keeps depends on them."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator


def code_state() -> str:
    """Return what changes with every change of our own code or data: a checksum of the files' sizes and times.

    The version alone would let a checkout that is being worked on use what its code of yesterday found.
    """
    root = os.path.dirname(os.path.abspath(__file__))
    states = sorted(_states(root, len(root)))
    return f"{zlib.crc32(repr(states).encode()):08x}"


def _states(folder: str, skipped: int) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir():
                status = entry.stat()
                yield entry.path[skipped:], status.st_size, status.st_mtime_ns
            elif entry.name != "__pycache__":
                yield from _states(entry.path, skipped)
