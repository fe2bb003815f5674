"""Whether a function's code or layers have changed on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from layerwright.run.function import Function

_PASSED_OVER: Final = frozenset(
    {"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv", "node_modules"}
)


class Seen(NamedTuple):
    """A file as it was seen."""

    path: str
    size_bytes: int
    modified_ns: int


def fingerprint(function: Function) -> frozenset[Seen]:
    """Return the files of the code and the layers as they are now; two that differ mean that something changed."""
    return frozenset(seen for path in (function.code, *function.layers) for seen in _files(path))


def _files(path: Path) -> Iterator[Seen]:
    if not path.is_dir():
        try:
            status = path.stat()
        except OSError:
            return
        yield Seen(str(path), status.st_size, status.st_mtime_ns)
        return
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        for name in names:
            place = os.path.join(folder, name)  # noqa: PTH118  walked at every look
            try:
                status = os.stat(place)  # noqa: PTH116
            except OSError:
                continue
            yield Seen(place, status.st_size, status.st_mtime_ns)
