"""What the files of a layer are, known by reading each of them once: facts of binaries, hashes, and what can't be read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layerwright.binaries.keep import facts_from_json
from layerwright.errors import IntegrityError
from layerwright.layer.content import Slice
from layerwright.layer.read import ArchiveProblem, Layer
from layerwright.layer.tree import Entry
from layerwright.wheels.binary_facts import BINARY_FACTS
from layerwright.wheels.facts import HEAD_BYTES
from layerwright.wheels.inflate import Archive, digest_of
from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.visit import MemberBytes, visit_members
from layerwright.wheels.zip_directory import ZipMember

if TYPE_CHECKING:
    from layerwright.binaries.facts import Facts

MAX_UNZIPPED_BYTES: Final = 1 << 30
"""Four times what Lambda takes; of an archive that declares more nothing is unpacked."""

WORDS: Final = ("find_library", "CDLL", "LoadLibrary", "dlopen")
"""What Python files are looked through for: only those that hold one of these open libraries by themselves."""

_INSPECTION: Final = DerivedKind(f"inspection-{BINARY_FACTS.kind.version}", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was read; all by path within the layer.

    ``digests`` are in RECORD's form (``sha256=`` and unpadded base64). ``mentions`` are the Python files that hold each of WORDS.
    ``problems`` are files that can't be read whole.
    """

    binaries: Mapping[str, Facts]
    digests: Mapping[str, str]
    mentions: Mapping[str, tuple[str, ...]]
    problems: tuple[ArchiveProblem, ...]


def inspect_layer(layer: Layer, store: Store) -> Inspection:
    """Return what the files of a layer are; of a zip that was inspected before, what was found then.

    Memory is bounded whatever the layer declares, and nothing is written but to the store.
    """
    if layer.tree.unzipped_bytes > MAX_UNZIPPED_BYTES:
        message = (
            f"{layer.tree.unzipped_bytes} bytes declared; nothing above {MAX_UNZIPPED_BYTES} is unpacked"
        )
        return Inspection(
            binaries={}, digests={}, mentions={}, problems=(ArchiveProblem("too-large", "", message),)
        )
    if layer.sha256 is not None and (kept := store.derived(_INSPECTION, layer.sha256)) is not None:
        return _inspection(json.loads(kept))
    found = _look(layer)
    if layer.sha256 is not None:
        store.keep_derived(_INSPECTION, layer.sha256, json.dumps(found, separators=(",", ":")).encode())
    return _inspection(found)


def _inspection(found: Mapping[str, Mapping[str, Any]]) -> Inspection:
    binaries = {path: facts_from_json(value) for path, value in found["binaries"].items()}
    problems = tuple(ArchiveProblem("unreadable", path, why) for path, why in found["unreadable"].items())
    mentions = {word: tuple(paths) for word, paths in found["mentions"].items()}
    return Inspection(binaries=binaries, digests=found["digests"], mentions=mentions, problems=problems)


def _look(layer: Layer) -> dict[str, dict[str, object]]:
    look = _Look()
    packed: dict[Path, list[ZipMember]] = {}
    for entry in layer.tree.files():
        if isinstance(entry.content, Slice):
            packed.setdefault(entry.content.file, []).append(_member(entry, entry.content))
            continue
        member = _member(entry, None)
        try:
            look.visit(member, entry.read())
        except IntegrityError as error:
            look.refused(member, error)
    for file, members in packed.items():
        with Archive(file, name=layer.name) as archive:
            visit_members(archive, members, look.visit, refused=look.refused)
    return look.found()


class _Look:
    """Looks at files, from several threads, and remembers what they are."""

    def __init__(self) -> None:
        self._digests: dict[str, object] = {}
        self._binaries: dict[str, object] = {}
        self._mentions: dict[str, list[str]] = {word: [] for word in WORDS}
        self._unreadable: dict[str, object] = {}

    def visit(self, member: ZipMember, data: MemberBytes) -> None:
        digest = base64.urlsafe_b64encode(digest_of(data)).rstrip(b"=")
        self._digests[member.name] = f"sha256={digest.decode()}"
        if BINARY_FACTS.wants(member.name, bytes(data[:HEAD_BYTES])):
            self._binaries[member.name] = BINARY_FACTS.read(member.name, data)
        elif member.name.endswith(".py") and not isinstance(data, memoryview):
            for word, paths in self._mentions.items():
                if data.find(word.encode()) >= 0:
                    paths.append(member.name)

    def refused(self, member: ZipMember, error: IntegrityError) -> None:
        self._unreadable[member.name] = str(error).rpartition(f"{member.name}: ")[2]

    def found(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {
            "digests": self._digests,
            "binaries": self._binaries,
            "mentions": {word: sorted(paths) for word, paths in self._mentions.items()},
            "unreadable": self._unreadable,
        }
        return {name: dict(sorted(values.items())) for name, values in found.items()}


def _member(entry: Entry, content: Slice | None) -> ZipMember:
    return ZipMember(
        name=entry.path,
        offset=content.offset if content else 0,
        compressed_bytes=content.compressed_bytes if content else entry.size_bytes,
        size_bytes=entry.size_bytes,
        crc32=entry.crc32,
        method=content.method.value if content else 0,
        flags=0,
        attributes=0,
        system=3,
        dos_time=0,
        header_offset=0,
    )
