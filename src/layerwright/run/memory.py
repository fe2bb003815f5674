"""How much memory a process and its children hold, and an end to those that take more than they may.

Control groups would be exact, and few users may make them; reading /proc every few milliseconds needs no rights at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Final

_INTERVAL_S: Final = 0.02
_MB: Final = 1024 * 1024
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_LIST_EVERY: Final = 10
"""Looks between two listings of the processes, which cost more than a look."""


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


def held_bytes(pid: int) -> int:
    """Return what a process holds of its own and of its libraries; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as file:
            return int(file.read().split(None, 2)[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def most_held_bytes(pid: int) -> int:
    """Return the most that a process ever held; 0 for one that is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            _, found, rest = file.read().partition(b"VmHWM:")
    except OSError:
        return 0
    return int(rest.split(None, 1)[0]) * 1024 if found else 0


class MemoryWatch:
    """Follows the memory of a process tree; ``peak_mb`` is the most that it held, None where it can't be seen."""

    def __init__(self, pid: int, limit_mb: int) -> None:
        """Keep which process, and what it may hold; nothing is watched yet."""
        self._pid = pid
        self._pids: list[int] = [pid]
        self._limit = limit_mb * _MB
        self._visible = sys.platform == "linux"
        self._peak = 0
        self.exceeded = False

    @property
    def peak_mb(self) -> int | None:
        """The most memory that was held at once, in MB, rounded up."""
        return -(-self._peak // _MB) if self._visible else None

    async def watch(self) -> None:
        """Look again and again, until the process is gone; ends all of it with SIGKILL once it holds too much."""
        turn = 0
        while self._visible and not self.exceeded:
            if turn < _LIST_EVERY or turn % _LIST_EVERY == 0:  # at first, each look finds new processes
                self._pids = list(descendants(self._pid))
                self._note(max(map(most_held_bytes, self._pids)))
            turn += 1
            if not self.look():
                return
            await asyncio.sleep(_INTERVAL_S)

    def look(self) -> int:
        """Take one look at the processes that are known; returns the bytes held."""
        if not self._visible:
            return 0
        # The sandbox's own processes hold next to nothing, and so count.
        held = sum(map(held_bytes, self._pids))
        self._note(held)
        return held

    def _note(self, held: int) -> None:
        self._peak = max(self._peak, min(held, self._limit))
        if held > self._limit and not self.exceeded:
            self.exceeded = True
            for pid in reversed(list(descendants(self._pid))):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
