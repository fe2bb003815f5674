"""What was read of a wheel, kept beside it: read once ever, and loaded in a millisecond.

The shape is JSON, the members as columns: that loads in two thirds of the time that rows take.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from layerwright.wheels.facts import FactReader, ReadWheel
from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.wheel import EntryPoint, Member, RecordProblem, Wheel

WHEELS: Final = DerivedKind("wheel", 1)
"""To be raised with every change of what ``read_wheel`` returns for the same bytes."""


def keep_wheel(store: Store, read: ReadWheel, reader: FactReader | None) -> None:
    """Keep what was read of a wheel, and what ``reader`` said of its binaries."""
    wheel = read.wheel
    values = {
        "filename": wheel.filename,
        "size_bytes": wheel.size_bytes,
        "name": wheel.name,
        "version": wheel.version,
        "tags": wheel.tags,
        "root_is_purelib": wheel.root_is_purelib,
        "dist_info": wheel.dist_info,
        "requires": wheel.requires,
        "requires_python": wheel.requires_python,
        "license": wheel.license,
        "entry_points": wheel.entry_points,
        "members": tuple(zip(*wheel.members, strict=True)),
        "record_problems": wheel.record_problems,
    }
    if reader:
        store.keep_derived(reader.kind, wheel.sha256, _dump(read.facts))
    store.keep_derived(WHEELS, wheel.sha256, _dump(values))


def kept_wheel(store: Store, sha256: str, *, filename: str) -> Wheel | None:
    """The wheel in the store with this hash, under the name that it was read by; None where either is missing."""
    path = store.path(sha256)
    data = store.derived(WHEELS, sha256) if path else None
    if path is None or data is None:
        return None
    values = json.loads(data)
    if values["filename"] != filename:
        return None  # it was never held against this name
    return Wheel(
        sha256=sha256,
        filename=filename,
        path=path,
        size_bytes=values["size_bytes"],
        name=values["name"],
        version=values["version"],
        tags=tuple(values["tags"]),
        root_is_purelib=values["root_is_purelib"],
        dist_info=values["dist_info"],
        requires=tuple(values["requires"]),
        requires_python=values["requires_python"],
        license=values["license"],
        entry_points=tuple(EntryPoint(*row) for row in values["entry_points"]),
        members=tuple(map(Member, *values["members"])),
        record_problems=tuple(RecordProblem(*row) for row in values["record_problems"]),
    )


def wheel_facts(store: Store, wheel: Wheel, reader: FactReader) -> Mapping[str, object]:
    """What ``reader`` says of each binary of a wheel, by member; the wheel is read only where that is not kept."""
    data = store.derived(reader.kind, wheel.sha256)
    if data is not None:
        facts: dict[str, object] = json.loads(data)
        return facts
    from layerwright.wheels.read import read_wheel  # not where all is kept

    read = read_wheel(wheel.path, filename=wheel.filename, sha256=wheel.sha256, reader=reader)
    keep_wheel(store, read, reader)
    return read.facts


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
