"""Layers and functions in memory: trees of real bytes, distributions with their metadata, subjects for one target."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from layerwright.checks.contents import Contents
from layerwright.checks.result import CheckResult
from layerwright.checks.run import run_checks
from layerwright.checks.subject import Subject
from layerwright.layer.content import Literal
from layerwright.layer.read import ArchiveProblem, Layer
from layerwright.layer.tree import Entry, Kind, Tree
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import parse_target

TODAY = date(2026, 11, 22)
SITE = "python"


def entry(path: str, data: bytes | str = b"", *, kind: Kind = Kind.FILE, mode: int | None = None) -> Entry:
    raw = data.encode() if isinstance(data, str) else data
    modes = {Kind.FILE: 0o644, Kind.DIRECTORY: 0o755, Kind.SYMLINK: 0o777}
    return Entry(
        path=path,
        kind=kind,
        mode=modes[kind] if mode is None else mode,
        size_bytes=len(raw),
        crc32=zlib.crc32(raw),
        origin="test",
        content=Literal(raw),
    )


def link(path: str, goal: str) -> Entry:
    return entry(path, goal, kind=Kind.SYMLINK)


def folder(path: str, mode: int = 0o755) -> Entry:
    return entry(path, kind=Kind.DIRECTORY, mode=mode)


def distribution(
    name: str,
    version: str = "1.0",
    files: Mapping[str, bytes | str] | None = None,
    *,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    tags: Iterable[str] = ("py3-none-any",),
    extra: Mapping[str, bytes | str] | None = None,
    site: str = SITE,
) -> dict[str, bytes]:
    """A distribution's files with METADATA, WHEEL and a right RECORD; ``extra`` are further files of its dist-info."""
    stem = name.replace("-", "_")
    files = {f"{stem}/__init__.py": ""} if files is None else files
    info = f"{stem}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    wheel = [
        "Wheel-Version: 1.0",
        "Generator: test",
        "Root-Is-Purelib: true",
        *(f"Tag: {tag}" for tag in tags),
    ]
    all_files = {path: _raw(data) for path, data in files.items()}
    all_files[f"{info}/METADATA"] = "\n".join((*lines, "", "")).encode()
    all_files[f"{info}/WHEEL"] = "\n".join((*wheel, "")).encode()
    all_files.update({f"{info}/{path}": _raw(data) for path, data in (extra or {}).items()})
    record = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in sorted(all_files.items())]
    all_files[f"{info}/RECORD"] = "\n".join((*record, f"{info}/RECORD,,", "")).encode()
    return {f"{site}/{path}": data for path, data in all_files.items()}


def pyc(magic: int, flags: int = 0, source_time: int = 0, source_bytes: int = 0) -> bytes:
    """A compiled file's header (PEP 552), and nothing behind it."""
    return struct.pack("<HBBIII", magic, 0x0D, 0x0A, flags, source_time, source_bytes)


def part(
    *groups: Mapping[str, bytes | str] | Iterable[Entry],
    name: str = "layer.zip",
    zipped_bytes: int | None = None,
    problems: Iterable[ArchiveProblem] = (),
) -> Layer:
    entries: list[Entry] = []
    for group in groups:
        if isinstance(group, Mapping):
            entries += [entry(path, data) for path, data in group.items()]
        else:
            entries += group
    return Layer(
        name=name, tree=Tree(entries), zipped_bytes=zipped_bytes, sha256=None, problems=tuple(problems)
    )


def runtime(target: str = "python3.11-x86_64", **changes: object) -> Runtime:
    """What is known of a target of Lambda, with changes."""
    return replace(load_runtime(parse_target(target)), **changes)  # type: ignore[arg-type]


def subject(
    *groups: Mapping[str, bytes | str] | Iterable[Entry] | Layer,
    target: str = "python3.11-x86_64",
    function: Mapping[str, bytes | str] | Layer | None = None,
    handler: str | None = None,
    extras: Mapping[str, frozenset[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    today: date = TODAY,
    **runtime_changes: object,
) -> Subject:
    """A subject of one layer made of ``groups``, or of the parts given, in order."""
    parts = tuple(group for group in groups if isinstance(group, Layer))
    loose = [group for group in groups if not isinstance(group, Layer)]
    if loose or not parts:
        parts = (*parts, part(*loose))
    if function is not None and not isinstance(function, Layer):
        function = part(function, name="src")
    return Subject(
        contents=Contents(parts, function),
        runtime=runtime(target, **runtime_changes),
        today=today,
        handler=handler,
        extras=extras or {},
        environment=environment,
    )


def judge(
    check: str, *groups: Mapping[str, bytes | str] | Iterable[Entry] | Layer, **options: object
) -> CheckResult:
    """What one check says of a subject; a crash is the test's."""
    result = run_checks(subject(*groups, **options), select=[check])  # type: ignore[arg-type]
    assert not result.crashed
    return result


def _raw(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
