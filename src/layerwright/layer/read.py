"""A layer that someone hands us, a zip or a folder, becomes a tree; what is wrong with the archive itself is a value.

Nothing is written to disk, and no member is unpacked here: a tree gives the bytes of those that somebody asks for.
"""

from __future__ import annotations

import calendar
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from layerwright.errors import UsageError
from layerwright.layer.content import Literal, OnDisk, Slice
from layerwright.layer.tree import Content, Entry, Kind, Method, Tree
from layerwright.wheels.store import hash_file
from layerwright.wheels.zip_directory import MAX_MEMBERS, ZipMember, read_zip_directory

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_KINDS: Final = {
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFREG: Kind.FILE,
    0: Kind.FILE,
}


class ArchiveProblem(NamedTuple):
    """What is wrong with an archive itself.

    ``kind`` is one of ``wheels.zip_directory``'s, or ``unsafe-name``, ``encrypted``, ``method``, ``special-file``, ``unreadable``; ``path``
    is the member concerned, as written, or an empty string.
    """

    kind: str
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer as it was given: its name for messages, what it holds, and what is wrong with its archive.

    ``zipped_bytes`` and ``sha256`` are None for a folder. ``modified`` gives the times of Python sources, in seconds since 1970,
    where there is bytecode that they could be held against.
    """

    name: str
    tree: Tree
    zipped_bytes: int | None
    sha256: str | None
    problems: tuple[ArchiveProblem, ...]
    modified: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def read_layer(path: Path, *, name: str | None = None, sha256: str | None = None) -> Layer:
    """Read a zip, or a folder that stands for an unpacked ``/opt``; ``sha256`` is the zip's, where it is known already.

    Raises UsageError where there is nothing at ``path``, or a Python file, and IntegrityError where a file is no zip that can be read.
    """
    name = str(path) if name is None else name
    if path.is_dir():
        tree, problems = _read_folder(path, name)
        modified = {
            entry.path: int(entry.content.path.stat().st_mtime)
            for entry in _dated(tree)
            if isinstance(entry.content, OnDisk)
        }
        return Layer(
            name=name, tree=tree, zipped_bytes=None, sha256=None, problems=problems, modified=modified
        )
    if not path.is_file():
        raise UsageError(
            f"{path} does not exist", hint="a layer is a zip file, or a folder that stands for /opt"
        )
    if path.suffix == ".py":
        raise UsageError(f"{path} is a Python file", hint=f"give the folder that it is in: {path.parent}")
    return _read_zip(path, name, sha256)


def _read_zip(path: Path, name: str, sha256: str | None) -> Layer:
    try:
        with path.open("rb", buffering=0) as file:
            directory = read_zip_directory(file, name=name)
        size, sha256 = path.stat().st_size, sha256 or hash_file(path)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    problems = [ArchiveProblem(item.kind.value, item.member, item.detail) for item in directory.problems]
    entries: list[Entry] = []
    for member in directory.members:
        problem = _problem_of(member)
        if problem is None:
            entries.append(_entry(path, name, member))
        else:
            problems.append(problem)
    tree = Tree(entries)
    times = {_normal(member.name): member.dos_time for member in directory.members}
    return Layer(
        name=name,
        tree=tree,
        zipped_bytes=size,
        sha256=sha256,
        problems=tuple(problems),
        modified={entry.path: _seconds(times[entry.path]) for entry in _dated(tree)},
    )


def _dated(tree: Tree) -> Iterator[Entry]:
    """Yield the Python sources, where there is bytecode."""
    if any(path.endswith(".pyc") for path in tree):
        yield from (entry for entry in tree.files() if entry.path.endswith(".py"))


def _seconds(dos_time: int) -> int:
    """Return a zip's date and time in seconds since 1970; it has no time zone, and is taken for UTC."""
    date, time = dos_time >> 16, dos_time & 0xFFFF
    year, month, day = 1980 + (date >> 9), max(1, date >> 5 & 15), max(1, date & 31)
    return calendar.timegm((year, month, day, time >> 11, time >> 5 & 63, 2 * (time & 31)))


def _problem_of(member: ZipMember) -> ArchiveProblem | None:
    """Return why a member can't be part of a tree, None where it can."""
    if (reason := _unsafe(member.name)) is not None:
        return ArchiveProblem("unsafe-name", member.name, reason)
    if member.is_encrypted:
        return ArchiveProblem("encrypted", member.name, "its bytes are encrypted")
    if member.method not in (Method.STORED.value, Method.DEFLATED.value):
        return ArchiveProblem(
            "method", member.name, f"compressed by method {member.method}; Lambda reads 0 and 8"
        )
    if stat.S_IFMT(member.unix_mode) not in _KINDS:
        return ArchiveProblem(
            "special-file", member.name, f"neither file, folder nor link: {member.unix_mode:o}"
        )
    if not member.offset and not member.is_directory:
        return ArchiveProblem("unreadable", member.name, "its bytes are not in the file")
    return None


def _unsafe(name: str) -> str | None:
    """Return why a member's name can't be a path below /opt, None where it can."""
    if not name.strip("/"):
        return "an empty name"
    if "\\" in name:
        return "a backslash in the name: written by a tool for Windows, and no folder on Lambda"
    if name.startswith("/") or _DRIVE.match(name):
        return "an absolute path"
    if "\0" in name:
        return "a NUL in the name"
    if ".." in name.split("/"):
        return "a path that leaves the layer"
    return None


def _entry(path: Path, name: str, member: ZipMember) -> Entry:
    kind = Kind.DIRECTORY if member.is_directory else _KINDS[stat.S_IFMT(member.unix_mode)]
    mode = stat.S_IMODE(member.unix_mode)
    if not member.unix_mode:
        # The archive gives no mode; unzip then makes it readable by all, and so does Lambda.
        mode = 0o755 if kind is Kind.DIRECTORY else 0o644
    content: Content = Literal(b"")
    if kind is not Kind.DIRECTORY:
        content = Slice(
            file=path,
            offset=member.offset,
            compressed_bytes=member.compressed_bytes,
            size_bytes=member.size_bytes,
            crc32=member.crc32,
            method=Method(member.method),
        )
    return Entry(
        path=_normal(member.name),
        kind=kind,
        mode=mode,
        size_bytes=0 if kind is Kind.DIRECTORY else member.size_bytes,
        crc32=member.crc32,
        origin=name,
        content=content,
    )


def _normal(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _read_folder(folder: Path, name: str) -> tuple[Tree, tuple[ArchiveProblem, ...]]:
    problems: list[ArchiveProblem] = []
    try:
        entries = list(_entries_below(folder, name, problems))
    except OSError as error:
        raise UsageError(f"{error.filename or folder} can't be read: {error.strerror}") from error
    return Tree(entries), tuple(problems)


def _entries_below(folder: Path, name: str, problems: list[ArchiveProblem]) -> Iterable[Entry]:
    for count, item in enumerate(_walk(folder)):
        if count >= MAX_MEMBERS:
            raise UsageError(
                f"{folder} has more than {MAX_MEMBERS} entries", hint="is this the folder of a layer?"
            )
        path = Path(item.path)
        relative = path.relative_to(folder).as_posix()
        status = item.stat(follow_symlinks=False)
        mode = stat.S_IMODE(status.st_mode)
        if item.is_symlink():
            goal = os.fsencode(path.readlink())
            yield Entry(
                path=relative,
                kind=Kind.SYMLINK,
                mode=mode,
                size_bytes=len(goal),
                crc32=zlib.crc32(goal),
                origin=name,
                content=Literal(goal),
            )
        elif item.is_dir():
            yield Entry(
                path=relative,
                kind=Kind.DIRECTORY,
                mode=mode,
                size_bytes=0,
                crc32=0,
                origin=name,
                content=Literal(b""),
            )
        elif item.is_file():
            yield Entry(
                path=relative,
                mode=mode,
                size_bytes=status.st_size,
                crc32=_crc32_of(path),
                origin=name,
                content=OnDisk(path),
            )
        else:
            problems.append(ArchiveProblem("special-file", relative, "neither file, folder nor link"))


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as items:
        for item in sorted(items, key=lambda item: item.name):
            yield item
            if item.is_dir(follow_symlinks=False):
                yield from _walk(Path(item.path))


def _crc32_of(path: Path) -> int:
    crc32 = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            crc32 = zlib.crc32(chunk, crc32)
    return crc32
