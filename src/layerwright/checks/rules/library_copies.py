"""The same library is there several times over.

## What it checks

Shared libraries with equal content in one folder whose names differ only in the version behind `.so`: links that became copies. Where the package's own RECORD lists them all, the wheel came so, and it's only told.

## Why it fails on Lambda

Copies count towards the 250 MB, and each one that is loaded takes its own memory. Two copies of a library with state (OpenMP,
OpenSSL) can also disturb each other.

## Example

`libfoo.so`, `libfoo.so.1` and `libfoo.so.1.2.3`, each of 20 MB.

## Fix

Keep links as links: `zip -y`, `cp -a`. Wheels can't hold links, so some bring such copies themselves.

## References

- https://github.com/serverless/serverless/issues/3215
- https://github.com/aws/aws-sam-cli/issues/477
- https://github.com/brefphp/bref/pull/509
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_MUCH: Final = 1 << 20


def _run(subject: Subject) -> Iterator[Finding]:
    by_owner: dict[object, list[tuple[str, ...]]] = {}
    for same in _copies(subject):
        owners = {subject.contents.owners.get(path) for path in same}
        by_owner.setdefault(None if None in owners else subject.contents.owner(same[0]), []).append(same)
    for owner, sets in by_owner.items():
        wasted = sum(_wasted(subject, same) for same in sets)
        yield CHECK.finding(
            subject,
            f"{_named(sets)} with the same content; {wasted:,} bytes could be links",
            paths=[path for same in sets for path in same],
            severity=Severity.WARNING if wasted >= _MUCH and owner is None else Severity.INFO,
            fix=None
            if owner is None
            else "None is needed: a wheel can't hold links, and this is how it comes.",
            detail={"wasted_bytes": wasted},
        )


def _copies(subject: Subject) -> Iterator[tuple[str, ...]]:
    """The paths of each library that stands in one folder under several names, the longest first."""
    same: dict[tuple[str, str, int, int], list[str]] = {}
    for path, entry in subject.stack.items():
        folder, _, base = path.rpartition("/")
        stem, dot, _ = base.partition(".so")
        if (
            dot
            and entry.kind is Kind.FILE
            and entry.size_bytes
            and ".cpython-" not in stem
            and "abi3" not in stem
        ):
            same.setdefault((folder, stem, entry.size_bytes, entry.crc32), []).append(path)
    return (tuple(sorted(paths, key=len, reverse=True)) for paths in same.values() if len(paths) > 1)


def _wasted(subject: Subject, same: tuple[str, ...]) -> int:
    return subject.stack[same[0]].size_bytes * (len(same) - 1)


def _named(sets: list[tuple[str, ...]]) -> str:
    stem = sets[0][0].rpartition("/")[2].partition(".so")[0]
    if len(sets) == 1:
        return f"{stem} is there {len(sets[0])} times"
    return f"{stem} and {len(sets) - 1} more libraries are there several times"


CHECK = Check(
    id="library-copies",
    summary="The same library is there several times over",
    severity=Severity.WARNING,
    run=_run,
    fix="Keep links as links: `zip -y`, `cp -a`.",
)
