"""Where long steps tell how far they are: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from layerwright.cli.console import Console
from layerwright.progress import Progress, Silent


@contextlib.contextmanager
def progress_on(console: Console) -> Iterator[Progress]:
    """Give a progress that shows bars where somebody watches."""
    if not console.interactive:
        yield Silent()
        return
    from layerwright.cli.bars import Bars

    with Bars() as bars:
        yield bars
