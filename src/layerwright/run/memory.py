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
from pathlib import Path
from typing import Final

_INTERVAL_S: Final = 0.02
_MB: Final = 1024 * 1024
_PROC: Final = Path("/proc")


def descendants(pid: int) -> Iterator[int]:
    """Yield a process and all below it, outermost first; those that end meanwhile are left out."""
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        yield current
        with contextlib.suppress(OSError):
            for thread in (_PROC / str(current) / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds that is its own, or its shared libraries'; 0 for one that is gone."""
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


class MemoryWatch:
    """Follows the memory of a process tree; ``peak_mb`` is the most that it held, None where it can't be seen."""

    def __init__(self, pid: int, limit_mb: int) -> None:
        """Keep which process, and what it may hold; nothing is watched yet."""
        self._pid = pid
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
        while self._visible and self.look() and not self.exceeded:
            await asyncio.sleep(_INTERVAL_S)

    def look(self) -> int:
        """Take one look; returns the bytes held."""
        if not self._visible:
            return 0
        # The sandbox's own processes hold next to nothing, and so count.
        pids = list(descendants(self._pid))
        held = sum(map(resident_bytes, pids))
        self._peak = max(self._peak, min(held, self._limit))
        if held > self._limit:
            self.exceeded = True
            for pid in reversed(pids):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        return held
