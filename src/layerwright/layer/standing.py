"""Whether a zip that was built stands where it was written to, as it was written.

A file that was found to have its hash is noted with its status (device, number, size, times), as git and make know files;
while that stays as it is the file is not read again. Light, and by plain paths.
"""

from __future__ import annotations

import os
import time
import zlib
from io import FileIO
from typing import Final

from layerwright.wheels.stored import DerivedKind, read_blob

_STANDING: Final = DerivedKind("standing", 1)
_SETTLED_NS: Final = 2 * 10**9
"""The coarsest clock of a file system (FAT's): what changed longer ago than that can't change again under the same time."""


def stands(path: str, *, sha256: str, size_bytes: int, root: str) -> bool:
    """Tell whether the file at a path has this hash; ``root`` is the store's folder, where that is noted."""
    try:
        status = os.stat(path)
        if status.st_size != size_bytes:
            return False
        place = os.path.abspath(path)
        key = f"{zlib.crc32(place.encode()):08x}"
        note = f"{place}\n{sha256} {file_state(status)}".encode()
        if read_blob(root, _STANDING, key) == note:
            return True
        import hashlib

        with FileIO(path) as file:
            intact = hashlib.file_digest(file, "sha256").hexdigest() == sha256
            settled = is_settled(status) and file_state(os.fstat(file.fileno())) == file_state(status)
    except OSError:
        return False
    if intact and settled:
        from pathlib import Path

        from layerwright.wheels.store import Store

        Store(Path(root)).keep_derived(_STANDING, key, note)
    return intact


def file_state(status: os.stat_result) -> str:
    """What changes with a file: two states that are the same are of the same content, if the first was settled."""
    times = f"{status.st_mtime_ns} {status.st_ctime_ns}"
    return f"{status.st_dev} {status.st_ino} {status.st_size} {times}"


def is_settled(status: os.stat_result) -> bool:
    """Whether a file last changed so long ago that another change would show in its times."""
    return time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _SETTLED_NS
