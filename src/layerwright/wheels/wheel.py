"""What a wheel holds: its members, its metadata, what its RECORD says. Read once ever, and kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Member(NamedTuple):
    """A member of a wheel, as its central directory has it.

    ``offset`` is where its compressed bytes begin in the file (behind the local header); ``method`` is the zip's number;
    ``mode`` the permission bits, 0 where the archive gives none.
    """

    name: str
    offset: int
    compressed_bytes: int
    size_bytes: int
    crc32: int
    method: int
    mode: int


class EntryPoint(NamedTuple):
    """A console or GUI script: ``name = module:attribute``."""

    name: str
    module: str
    attribute: str


class RecordProblem(NamedTuple):
    """Where RECORD and the members differ; ``problem`` is ``not-recorded``, ``missing``, ``hash`` or ``size``."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel in the store.

    ``path`` is the file in the store, ``filename`` what it is called outside. ``tags`` are those of its WHEEL file, sorted;
    ``root_is_purelib`` says which ``.data`` part the root is. ``requires`` are its Requires-Dist lines, as written.
    ``license`` is an SPDX expression where the package gives one, else what it calls its licence in its own words.
    """

    sha256: str
    filename: str
    path: Path
    size_bytes: int
    name: str
    version: str
    tags: tuple[str, ...]
    root_is_purelib: bool
    dist_info: str
    requires: tuple[str, ...]
    requires_python: str | None
    license: str | None
    entry_points: tuple[EntryPoint, ...]
    members: tuple[Member, ...]
    record_problems: tuple[RecordProblem, ...]
