"""A tree becomes the plan of a zip, or a folder."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.layer.content import Slice
from layerwright.layer.plan import ArchivePlan, Range
from layerwright.layer.tree import Entry, Kind, Tree
from layerwright.layer.zip_records import Record, central_header, end_of_directory, local_header

_TYPES: Final = {Kind.FILE: stat.S_IFREG, Kind.SYMLINK: stat.S_IFLNK, Kind.DIRECTORY: stat.S_IFDIR}


def plan_archive(tree: Tree) -> ArchivePlan:
    """Return the plan of a tree's zip.

    Members stand grouped by their origin, as blocks have them, so that long ranges can be copied whole; the central
    directory is sorted by path. Trees with the same paths, origins and contents give the same zip.
    """
    writer = _Planner()
    offsets: dict[str, tuple[Record, int]] = {}
    for entry in sorted(tree.values(), key=_physical_order):
        offsets[entry.path] = writer.add(entry)
    start = writer.position
    directory = [central_header(record, offset) for record, offset in (offsets[path] for path in tree)]
    blob = b"".join(directory)
    writer.literal(blob + end_of_directory(count=len(tree), offset=start, size_bytes=len(blob)))
    return writer.plan()


def _physical_order(entry: Entry) -> tuple[str, str]:
    return entry.origin, entry.path


class _Planner:
    def __init__(self) -> None:
        self.position = 0
        self._files: dict[Path, int] = {}
        self._pieces: list[Range | bytearray] = []

    def add(self, entry: Entry) -> tuple[Record, int]:
        offset = self.position
        content = entry.content
        mode = _TYPES[entry.kind] | entry.mode
        if isinstance(content, Slice):
            record = Record(
                entry.path,
                content.method.value,
                entry.crc32,
                content.compressed_bytes,
                entry.size_bytes,
                mode,
            )
            begin = content.header_offset
            if begin is None:
                self.literal(local_header(record))
                begin = content.offset
            self._range(content.file, begin, content.offset + content.compressed_bytes - begin)
        else:
            method, data = content.compressed()
            record = Record(entry.path, method.value, entry.crc32, len(data), entry.size_bytes, mode)
            self.literal(local_header(record) + data)
        return record, offset

    def literal(self, data: bytes) -> None:
        self.position += len(data)
        if self._pieces and isinstance(self._pieces[-1], bytearray):
            self._pieces[-1] += data
        else:
            self._pieces.append(bytearray(data))

    def _range(self, file: Path, offset: int, length: int) -> None:
        self.position += length
        index = self._files.setdefault(file, len(self._files))
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, Range) and last.file == index and last.offset + last.length == offset:
            self._pieces[-1] = Range(index, last.offset, last.length + length)
        else:
            self._pieces.append(Range(index, offset, length))

    def plan(self) -> ArchivePlan:
        pieces = tuple(piece if isinstance(piece, Range) else bytes(piece) for piece in self._pieces)
        return ArchivePlan(files=tuple(self._files), pieces=pieces, zipped_bytes=self.position)


def write_folder(entries: Iterable[Entry], folder: Path) -> None:
    """Lay the entries out below a folder that exists and is empty, with their modes.

    Raises UsageError where it can't be written.
    """
    try:
        for entry in entries:
            path = folder / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            match entry.kind:
                case Kind.DIRECTORY:
                    path.mkdir(exist_ok=True)
                case Kind.SYMLINK:
                    path.symlink_to(entry.read().decode())
                case Kind.FILE:
                    path.write_bytes(entry.read())
                    path.chmod(entry.mode)
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error.strerror or error}") from error
