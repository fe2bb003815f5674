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
    for (_, stem, size, _), paths in same.items():
        if len(paths) > 1:
            wasted = size * (len(paths) - 1)
            of_wheel = all(path in subject.contents.owners for path in paths)
            yield CHECK.finding(
                subject,
                f"{stem} is there {len(paths)} times with the same content; {wasted:,} bytes could be links",
                paths=sorted(paths, key=len, reverse=True),
                severity=Severity.WARNING if wasted >= _MUCH and not of_wheel else Severity.INFO,
                detail={"wasted_bytes": wasted},
            )


CHECK = Check(
    id="library-copies",
    summary="The same library is there several times over",
    severity=Severity.WARNING,
    run=_run,
    fix="Keep links as links: `zip -y`, `cp -a`.",
)
