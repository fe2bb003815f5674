"""A root filesystem in a folder: its paths are followed as inside of it, and nothing of it is run."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MOST_LINKS: Final = 40


class Root:
    """The files of a root filesystem, by absolute paths as a process in it would see them."""

    def __init__(self, folder: Path) -> None:
        """Keep the folder."""
        self._folder = folder
        self._folders: dict[str, str | None] = {"/": "/"}

    def resolve(self, path: str) -> str | None:
        """Return the path without links of what stands at ``path``, or None where nothing does.

        An absolute link leads to the root's own top, never out of it.
        """
        return self._resolve(posixpath.normpath(path), 0)

    def _resolve(self, path: str, links: int) -> str | None:
        parent, name = posixpath.split(path)
        if not name:
            return "/"
        if parent not in self._folders:
            self._folders[parent] = self._resolve(parent, links)
        above = self._folders[parent]
        if above is None:
            return None
        if name == "..":
            return posixpath.dirname(above)
        here = posixpath.join(above, name)
        try:
            goal = self.host_path(here).readlink().as_posix()
        except OSError:  # no link, or nothing
            return here if self.host_path(here).exists() else None
        if links >= _MOST_LINKS:
            return None
        # Not normpath: a parent of a linked folder is the parent of its target.
        return self._walk(posixpath.join(above, goal), links + 1)

    def _walk(self, path: str, links: int) -> str | None:
        here: str | None = "/"
        for step in path.split("/"):
            if here is not None and step not in ("", "."):
                here = self._resolve(posixpath.join(here, step), links)
        return here

    def read(self, path: str) -> bytes | None:
        """Return what a file holds, or None where there is no readable file."""
        real = self.resolve(path)
        try:
            return self.host_path(real).read_bytes() if real is not None else None
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no such folder."""
        real = self.resolve(folder)
        try:
            return sorted(entry.name for entry in self.host_path(real).iterdir()) if real is not None else []
        except OSError:
            return []

    def matching(self, pattern: str) -> Iterator[str]:
        """Yield the paths whose last part fits a shell pattern, sorted."""
        folder, name = posixpath.split(pattern)
        yield from (f"{folder}/{found}" for found in fnmatch.filter(self.names(folder), name))

    def is_file(self, path: str) -> bool:
        """Say whether a regular file stands at a path."""
        real = self.resolve(path)
        return real is not None and self.host_path(real).is_file()

    def host_path(self, real: str) -> Path:
        """Return where a path without links is on this host."""
        return self._folder / real.lstrip("/")
