"""A tree becomes a zip: a plan of ranges to copy, then the copying.

The plan is all that a zip is: which ranges of which files, and the bytes in between. A plan that is kept can be carried
out again without looking at any wheel.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from layerwright.errors import IntegrityError, UsageError
from layerwright.layer.content import Slice
from layerwright.layer.tree import Entry, Kind, Tree
from layerwright.layer.zip_records import Record, central_header, end_of_directory, local_header

_CHUNK_BYTES: Final = 1 << 20
_TYPES: Final = {Kind.FILE: stat.S_IFREG, Kind.SYMLINK: stat.S_IFLNK, Kind.DIRECTORY: stat.S_IFDIR}


class Range(NamedTuple):
    """Bytes of a file; ``file`` is an index into the plan's files."""

    file: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlan:
    """A zip as pieces in order: ranges of files, and bytes. The last piece is the central directory."""

    files: tuple[Path, ...]
    pieces: tuple[Range | bytes, ...]
    zipped_bytes: int


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


def write_archive(plan: ArchivePlan, path: Path, *, advance: Callable[[int], None] | None = None) -> None:
    """Carry out a plan: the zip stands at ``path`` when it is complete, and not before.

    ``advance`` hears how many bytes were written. Raises UsageError where the file can't be written, and IntegrityError
    where a file of the plan is shorter than planned.
    """
    with whole_file(path) as out:
        _copy(plan, out, advance)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a new file to write to, unbuffered, that stands at ``path`` once the block is left without an error.

    Folders above are made. Raises UsageError where the file can't be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb", buffering=0) as out:
            yield out
        partial.replace(path)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        raise UsageError(
            message, hint="check the folder, its permissions and the space on its disk"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _copy(plan: ArchivePlan, out: BinaryIO, advance: Callable[[int], None] | None) -> None:
    sources = [file.open("rb", buffering=0) for file in plan.files]
    try:
        for piece in plan.pieces:
            if isinstance(piece, Range):
                _copy_range(sources[piece.file], out, piece, advance)
            else:
                _write_all(out, piece)
                if advance:
                    advance(len(piece))
    finally:
        for source in sources:
            source.close()


def _write_all(out: BinaryIO, data: bytes) -> int:
    """Write all of ``data`` to an unbuffered file, whose ``write`` may take only a part at a time."""
    view = memoryview(data)
    while view:
        view = view[out.write(view) :]
    return len(data)


def _copy_range(source: BinaryIO, out: BinaryIO, piece: Range, advance: Callable[[int], None] | None) -> None:
    offset, left = piece.offset, piece.length
    kernel_copies = hasattr(os, "copy_file_range")
    while left:
        done = 0
        if kernel_copies:
            try:
                done = os.copy_file_range(source.fileno(), out.fileno(), left, offset)
            except OSError:
                # Another file system, or one that has no such call: then by way of this process. A disk that is full
                # says so at the write below.
                kernel_copies = False
        if not kernel_copies:
            source.seek(offset)
            done = _write_all(out, source.read(min(left, _CHUNK_BYTES)))
        if not done:
            raise IntegrityError(f"{source.name} ends before byte {offset + left}")
        offset, left = offset + done, left - done
        if advance:
            advance(done)


def hash_plan(plan: ArchivePlan) -> str:
    """Return the sha256, in hex, of the zip that a plan gives, without writing it."""
    import hashlib

    digest = hashlib.sha256()
    sources = [file.open("rb", buffering=0) for file in plan.files]
    try:
        for piece in plan.pieces:
            if isinstance(piece, Range):
                source = sources[piece.file]
                source.seek(piece.offset)
                left = piece.length
                while left and (data := source.read(min(left, _CHUNK_BYTES))):
                    digest.update(data)
                    left -= len(data)
            else:
                digest.update(piece)
    finally:
        for source in sources:
            source.close()
    return digest.hexdigest()


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
