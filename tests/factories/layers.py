"""Layers and functions in memory: trees of real bytes, distributions with their metadata, subjects for one target."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from layerwright.checks.contents import Contents
from layerwright.checks.stack import ArchiveProblem, Part
from layerwright.checks.subject import Subject
from layerwright.layer.tree import Entry, Kind, Method, Tree
from layerwright.targets.runtime import BundledPackage, Library, Lifecycle, Runtime, Tier
from layerwright.targets.target import parse_target

TODAY = date(2026, 11, 22)
SITE = "python"


@dataclass(frozen=True)
class Bytes:
    """Content that stands in memory."""

    data: bytes

    def read(self) -> bytes:
        return self.data

    def compressed(self) -> tuple[Method, bytes]:
        return Method.STORED, self.data


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
        content=Bytes(raw),
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


def part(
    *groups: Mapping[str, bytes | str] | Iterable[Entry],
    name: str = "layer.zip",
    zipped_bytes: int | None = None,
    problems: Iterable[ArchiveProblem] = (),
) -> Part:
    entries: list[Entry] = []
    for group in groups:
        if isinstance(group, Mapping):
            entries += [entry(path, data) for path, data in group.items()]
        else:
            entries += group
    return Part(name=name, tree=Tree(entries), zipped_bytes=zipped_bytes, problems=tuple(problems))


def runtime(target: str = "python3.11-x86_64", **changes: object) -> Runtime:
    """A runtime with just enough known of it for checks that don't ask about libraries."""
    parsed = parse_target(target)
    version = parsed.python_version
    facts: dict[str, object] = {
        "target": parsed,
        "title": f"Python {version}",
        "system": "al2",
        "glibc": (2, 26),
        "libraries": {"libc.so.6": Library(soname="libc.so.6", tier=Tier.SAFE)},
        "complete": False,
        "symbol_floor": {"GLIBC": "2.26"},
        "symbol_ceiling": {"GLIBC": "2.26"},
        "library_path": (
            "/var/lang/lib",
            "/lib64",
            "/usr/lib64",
            "/var/runtime",
            "/var/task",
            "/var/task/lib",
            "/opt/lib",
        ),
        "system_library_path": ("/lib64", "/usr/lib64"),
        "loaded": frozenset({"libc.so.6"}),
        "python_exports": None,
        "stdlib_modules": frozenset(
            {"sys", "os", "re", "json", "typing", "ctypes", "importlib", "logging", "enum"}
        ),
        "bundled": (
            BundledPackage(name="boto3", version="1.40.4", modules=("boto3",)),
            BundledPackage(name="botocore", version="1.40.4", modules=("botocore",)),
            BundledPackage(name="s3transfer", version=None, modules=("s3transfer",)),
            BundledPackage(name="urllib3", version=None, modules=("urllib3",)),
            BundledPackage(name="python-dateutil", version=None, modules=("dateutil",)),
            BundledPackage(name="jmespath", version=None, modules=("jmespath",)),
            BundledPackage(name="six", version=None, modules=("six",)),
        ),
        "sys_path": (
            "/var/task",
            f"/opt/python/lib/python{version}/site-packages",
            "/opt/python",
            "/var/runtime",
        ),
        "environment": {},
        "interpreter": f"/var/lang/bin/python{version}",
        "lifecycle": Lifecycle(
            status="supported",
            available=date(2023, 7, 27),
            deprecated=date(2027, 6, 30),
            create_blocked=None,
            update_blocked=None,
        ),
        "sources": {},
    }
    return Runtime(**{**facts, **changes})  # type: ignore[arg-type]


def subject(
    *groups: Mapping[str, bytes | str] | Iterable[Entry] | Part,
    target: str = "python3.11-x86_64",
    function: Mapping[str, bytes | str] | Part | None = None,
    handler: str | None = None,
    extras: Mapping[str, frozenset[str]] | None = None,
    environment: Mapping[str, str] | None = None,
    today: date = TODAY,
    **runtime_changes: object,
) -> Subject:
    """A subject of one layer made of ``groups``, or of the parts given, in order."""
    parts = tuple(group for group in groups if isinstance(group, Part))
    loose = [group for group in groups if not isinstance(group, Part)]
    if loose or not parts:
        parts = (*parts, part(*loose))
    if function is not None and not isinstance(function, Part):
        function = part(function, name="src")
    return Subject(
        contents=Contents(parts, function),
        runtime=runtime(target, **runtime_changes),
        today=today,
        handler=handler,
        extras=extras or {},
        environment=environment,
    )


def _raw(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
