"""The seal of a file in the store: a modification time that follows from its hash and its size.

A file whose seal is whole is trusted without reading it. No record stands beside it that could be lost or disagree, and
copies that keep times (tar, rsync, a CI's cache) keep the seal; the seconds are even, as FAT and zip have them. What
changes a file breaks it. The access time says when the file was last used, to the day.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_DAY_NS: Final = 86_400 * 10**9
_EPOCH_S: Final = 315_619_200  # 1980-01-02, the first whole day that FAT and zip know


def seal(path: Path, sha256: str) -> None:
    """Seal a file that has this hash. Raises OSError."""
    os.utime(path, (time.time(), _seal_s(sha256, path.stat().st_size)))


def is_sealed(status: os.stat_result, sha256: str) -> bool:
    """Whether a file with this status was found to have this hash, and was not changed since."""
    return status.st_mtime_ns // 10**9 == _seal_s(sha256, status.st_size)


def note_use(path: Path | str, status: os.stat_result) -> None:
    """Move the access time, at most once a day: file systems are often told not to, and a seal is worth keeping."""
    now_ns = time.time_ns()
    if now_ns - status.st_atime_ns > _DAY_NS:
        with contextlib.suppress(OSError):
            os.utime(path, ns=(now_ns, status.st_mtime_ns))


def _seal_s(sha256: str, size_bytes: int) -> int:
    """An even second between 1980 and 1997."""
    return _EPOCH_S + 2 * ((int(sha256[:8], 16) + size_bytes) % 2**28)
