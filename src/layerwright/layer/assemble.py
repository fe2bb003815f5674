"""Wheels become the tree of a layer."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from layerwright.layer.content import Literal
from layerwright.layer.lay import lay_wheel, places
from layerwright.layer.place import SCRIPTS_FOLDER, Scheme
from layerwright.layer.tree import Entry, Tree
from layerwright.wheels.store import Store
from layerwright.wheels.wheel import EntryPoint, Wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two wheels hold one path with different content; ``kept`` stands in the tree."""

    path: str
    kept: str
    dropped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A tree, and where wheels were in each other's way.

    ``members`` gives, for each path that a wheel's member was laid at, the member's name.
    """

    tree: Tree
    clashes: tuple[Clash, ...]
    members: Mapping[str, str]


def assemble(
    wheels: Sequence[Wheel], scheme: Scheme, store: Store, *, with_scripts: bool = False
) -> Assembly:
    """Return the tree of a layer with the members of the wheels, and their clashes.

    Wheels that hold one path with the same content share it. ``with_scripts`` adds a script for each console entry point.
    """
    entries: dict[str, Entry] = {}
    clashes: list[Clash] = []
    for wheel in wheels:
        for entry in _entries_of(wheel, scheme, store, with_scripts=with_scripts):
            there = entries.setdefault(entry.path, entry)
            if there is not entry and not _same_content(there, entry):
                clashes.append(Clash(path=entry.path, kept=there.origin, dropped=entry.origin))
    clashes.extend(_files_as_folders(entries))
    members = {
        path: member
        for wheel in reversed(wheels)
        for member, path in places(wheel, scheme)
        if entries[path].origin == wheel.filename
    }
    return Assembly(tree=Tree(entries.values()), clashes=tuple(clashes), members=members)


def _entries_of(wheel: Wheel, scheme: Scheme, store: Store, *, with_scripts: bool) -> Iterable[Entry]:
    yield from lay_wheel(wheel, scheme, store)
    if with_scripts:
        for point in wheel.entry_points:
            yield _script(point, scheme, wheel.filename)


def _same_content(one: Entry, other: Entry) -> bool:
    if (one.size_bytes, one.crc32) != (other.size_bytes, other.crc32):
        return False
    return one.size_bytes == 0 or one.read() == other.read()


def _files_as_folders(entries: dict[str, Entry]) -> list[Clash]:
    """Return a clash for each file that another entry needs as a folder."""
    folders: dict[str, Entry] = {}
    for path, entry in entries.items():
        parent = path.rpartition("/")[0]
        while parent and parent not in folders:
            folders[parent] = entry
            parent = parent.rpartition("/")[0]
    return [
        Clash(path=path, kept=entries[path].origin, dropped=folders[path].origin)
        for path in sorted(entries.keys() & folders.keys())
    ]


def _script(point: EntryPoint, scheme: Scheme, origin: str) -> Entry:
    """Return the script of an entry point, as installers write it."""
    name = point.attribute.partition(".")[0]
    data = (
        f"#!{scheme.interpreter}\nimport sys\nfrom {point.module} import {name}\n"
        f"if __name__ == '__main__':\n    sys.exit({point.attribute}())\n"
    ).encode()
    return Entry(
        path=f"{SCRIPTS_FOLDER}/{point.name}",
        mode=stat.S_IRWXU | 0o055,
        size_bytes=len(data),
        crc32=zlib.crc32(data),
        origin=origin,
        content=Literal(data),
    )
