"""Where long steps tell how far they are: bars on a terminal, a line each where more was asked for, else nothing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from layerwright.cli.console import Console
from layerwright.progress import Progress, Silent


@contextlib.contextmanager
def progress_on(console: Console) -> Iterator[Progress]:
    """Give a progress that shows what the console wants to be shown."""
    if console.verbose:
        yield Lines(console)
    elif console.interactive:
        from layerwright.cli.bars import Bars

        with Bars() as bars:
            yield bars
    else:
        yield Silent()


class Lines:
    """Prints a line at the end of each step: how long it took, and how much it did."""

    def __init__(self, console: Console) -> None:
        """Nothing has begun yet."""
        self._console = console
        self._turn = threading.Lock()
        self._begun: dict[str, float] = {}
        self._amounts: dict[str, int] = {}

    def begin(self, step: str, total: int | None) -> None:
        """A step begins; ``total`` is not told, for what was done is."""
        del total
        with self._turn:
            self._begun.setdefault(step, time.perf_counter())
            self._amounts.setdefault(step, 0)

    def advance(self, step: str, amount: int) -> None:
        """A step went on."""
        with self._turn:
            self._amounts[step] = self._amounts.get(step, 0) + amount

    def end(self, step: str) -> None:
        """A step is over."""
        with self._turn:
            seconds = time.perf_counter() - self._begun.pop(step, time.perf_counter())
            amount = self._amounts.pop(step, 0)
        done = f", {amount:,} bytes" if amount else ""
        self._console.detail(f"{step}: {seconds:.2f} s{done}")
