"""One process or thread at a time: a claim on a name, which the system takes back when its holder dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_FIRST_WAIT_S: Final = 0.01
_LONGEST_WAIT_S: Final = 0.2
_TAKEN: Final = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN, errno.EDEADLK})


@contextlib.contextmanager
def claimed(path: Path, *, stopped: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Hold the claim on the lock file at ``path``, waiting while another holds it; the file goes with the claim.

    Gives False, without a claim, on a file system that has no locks, and where ``stopped`` came true in the meantime.
    Raises OSError where the file can't be made.
    """
    descriptor = _acquire(path, stopped)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            with contextlib.suppress(OSError):
                path.unlink()  # on Windows this fails while others wait, and the last of them does it
            os.close(descriptor)


def _acquire(path: Path, stopped: Callable[[], bool]) -> int | None:
    """The open lock file with the lock on it, or None where that can't be had."""
    wait_s = _FIRST_WAIT_S
    while not stopped():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        kept = False
        try:
            # Whoever held it before may have removed the file that we have the lock on.
            kept = _try_lock(descriptor) and _is_file_at(path, descriptor)
        except NotImplementedError:
            return None
        finally:
            if not kept:
                os.close(descriptor)
        if kept:
            return descriptor
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
    return None


def _try_lock(descriptor: int) -> bool:
    """Whether the lock is ours now. Raises NotImplementedError where the file system has none."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise NotImplementedError from error
    return True


def _is_file_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
