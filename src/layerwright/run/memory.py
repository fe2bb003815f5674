"""How much memory a process and its children hold, and an end to those that take more than they may.

Control groups would be exact, and few users may make them; reading /proc every few milliseconds needs no rights at all. What one
process held between two looks is not missed: the kernel keeps the most that it ever held.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Final

_INTERVAL_S: Final = 0.02
_MB: Final = 1024 * 1024
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_LIST_EVERY_S: Final = 0.2
"""Between two listings of the processes, which cost more than a look."""


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and all below it, outermost first; those that end meanwhile are left out."""
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        yield current
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{thread}/children", "rb") as file:
                    waiting += map(int, file.read().split())


def is_running(pid: int) -> bool:
    """Tell whether a process is there, and has not ended unnoticed by its parent."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            return file.read().rpartition(b")")[2].split(None, 1)[0] not in {b"Z", b"X"}
    except OSError:
        return False


def most_held_bytes(pid: int) -> int:
    """Return the most that a process ever held; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            _, found, rest = file.read().partition(b"VmHWM:")
    except OSError:
        return 0
    return int(rest.split(None, 1)[0]) * 1024 if found else 0


class MemoryWatch:
    """Follows the memory of a process tree while it is asked to; ``peak_mb`` is the most that was held, None where it can't be seen.

    Whoever holds more than the limit is ended with all the others by SIGKILL, and ``exceeded`` says so.
    """

    def __init__(self, pid: int, limit_mb: int) -> None:
        """Keep which process, and what it may hold; nothing is watched yet."""
        self._pid = pid
        self._files: dict[int, int] = {}
        self._limit = limit_mb * _MB
        self._visible = sys.platform == "linux"
        self._peak = 0
        self._began = self._looked = self._listed = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.exceeded = False

    @property
    def peak_mb(self) -> int | None:
        """The most memory that was held at once, in MB, rounded up."""
        return -(-self._peak // _MB) if self._visible else None

    def begin(self) -> None:
        """Look again and again from now on."""
        if self._visible and self._timer is None:
            self._began = self._began or time.monotonic()
            self._again()

    def pause(self) -> None:
        """Look no more until it is to begin again: on Lambda, what has nothing to do is frozen."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Give back what is held for looking."""
        self.pause()
        for file in self._files.values():
            os.close(file)
        self._files = {}

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_INTERVAL_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self.look() and not self.exceeded:
            self._again()

    def look_if_due(self) -> None:
        """Take a look unless one was taken just now: in the time between, nobody comes to hold much."""
        if time.monotonic() - self._looked >= _INTERVAL_S:
            self.look()

    def look(self) -> bool:
        """Take a look; returns whether any process is left."""
        if not self._visible or self.exceeded:
            return False
        self._looked = now = time.monotonic()
        if now - self._listed >= _LIST_EVERY_S or now - self._began < _LIST_EVERY_S:
            self._list(now)
        # The sandbox's own processes hold next to nothing, and so count.
        held = sum(map(_held_bytes, self._files.values()))
        # What was held for a moment, and given back since the last look.
        self._note(max(held, *map(most_held_bytes, self._files), 0))
        return held > 0

    def _list(self, now: float) -> None:
        """Find the processes that there are: at first at each look, for each finds new ones."""
        self._listed = now
        found = set(descendants(self._pid))
        for pid in self._files.keys() - found:
            os.close(self._files.pop(pid))
        for pid in found - self._files.keys():
            with contextlib.suppress(OSError):
                self._files[pid] = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def _note(self, held: int) -> None:
        self._peak = max(self._peak, min(held, self._limit))
        if held > self._limit and not self.exceeded:
            self.exceeded = True
            for pid in reversed(list(descendants(self._pid))):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)


def _held_bytes(statm: int) -> int:
    """Return what the process of an open statm file holds, of its own and of its libraries; 0 for one that is gone."""
    try:
        return int(os.pread(statm, 128, 0).split(None, 2)[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0
