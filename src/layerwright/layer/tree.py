"""The layer as a value: a sorted mapping from path to entry.

Paths are relative to ``/opt``, with forward slashes: ``python/numpy/__init__.py``. A layer being built and a layer
that someone hands us are the same type, so each check, slimming pass, runner and report serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Method(Enum):
    """How an entry's bytes are kept in a zip; the value is the zip's own number."""

    STORED = 0
    DEFLATED = 8


class Content(Protocol):
    """Where an entry's bytes come from; reading it twice gives the same bytes."""

    def read(self) -> bytes:
        """Return the entry's bytes, uncompressed.

        Raises IntegrityError where they can't be read whole (corrupt, encrypted, or of another length than declared).
        """
        ...

    def compressed(self) -> tuple[Method, bytes]:
        """Return the bytes as they are to stand in a zip, and by which method."""
        ...


class Kind(Enum):
    """What an entry is."""

    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path of a layer.

    ``mode`` holds the permission bits alone (``0o644``); ``size_bytes`` and ``crc32`` are of the uncompressed content,
    which for a symlink is its target. ``origin`` says where it comes from, for messages: a wheel's file name,
    a layer's, or ``layerwright`` for what we made.
    """

    path: str
    kind: Kind = Kind.FILE
    mode: int
    size_bytes: int
    crc32: int
    origin: str
    content: Content

    def read(self) -> bytes:
        """Return the entry's bytes, uncompressed; for a symlink its target."""
        return self.content.read()


class Tree(Mapping[str, Entry]):
    """A sorted, frozen mapping from path to entry."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Sort the entries by path; of two with one path, the later stands (as Lambda merges layers)."""
        by_path = {entry.path: entry for entry in entries}
        self._entries = dict(sorted(by_path.items()))

    def __getitem__(self, path: str) -> Entry:
        """Return the entry at a path."""
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        """Yield the paths in order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    @property
    def unzipped_bytes(self) -> int:
        """The sum of the sizes of all files, as Lambda counts them."""
        return sum(entry.size_bytes for entry in self._entries.values() if entry.kind is Kind.FILE)

    def files(self) -> Iterator[Entry]:
        """Yield the entries that are regular files, in order."""
        return (entry for entry in self._entries.values() if entry.kind is Kind.FILE)
