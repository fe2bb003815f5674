"""Progress bars for long steps, on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_LABELS: Final = {"resolve": "resolving", "fetch": "fetching", "write": "writing", "check": "checking"}


class Bars:
    """Shows steps on stderr while it is open, and leaves nothing behind when it closes."""

    def __init__(self) -> None:
        """Prepare the display; nothing is shown before ``__enter__``."""
        self._display = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            console=RichConsole(stderr=True),
            transient=True,
        )
        self._steps: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to show."""
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bars away."""
        self._display.stop()

    def begin(self, step: str, total: int | None) -> None:
        """A step begins."""
        if step in self._steps:
            task = self._display.tasks[self._steps[step]]
            self._display.update(self._steps[step], total=(task.total or 0) + (total or 0))
        else:
            self._steps[step] = self._display.add_task(_LABELS.get(step, step), total=total, amount="")

    def advance(self, step: str, amount: int) -> None:
        """A step went on."""
        task = self._steps.get(step)
        if task is not None:
            self._display.advance(task, amount)
            state = self._display.tasks[task]
            total = f" of {state.total / 1e6:.1f}" if state.total else ""
            self._display.update(task, amount=f"{state.completed / 1e6:.1f}{total} MB")

    def end(self, step: str) -> None:
        """A step is over."""
        task = self._steps.get(step)
        if task is not None:
            total = self._display.tasks[task].total or 1
            self._display.update(task, total=total, completed=total)
