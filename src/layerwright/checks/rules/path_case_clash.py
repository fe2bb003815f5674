"""Two paths differ only in upper and lower case.

## What it checks

Paths of one layer that are the same but for the case of letters.

## Why it fails on Lambda

Linux keeps them apart, so Lambda does. On macOS and Windows one of them overwrites the other when the layer is unpacked,
changed and zipped again; then a module is missing.

## Example

`python/Crypto/` beside `python/crypto/`.

## Fix

Nothing on Lambda; unpack such a layer on Linux only.

## References

- https://docs.python.org/3/library/importlib.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for part in subject.stack.parts:
        folded: dict[str, list[str]] = {}
        for path in part.tree:
            lower = path.lower()
            if lower != path or lower in folded:
                folded.setdefault(lower, []).append(path)
        clashes = [[*([lower] if lower in part.tree else []), *paths] for lower, paths in folded.items()]
        clashes = [sorted(set(paths)) for paths in clashes if len(set(paths)) > 1]
        if clashes:
            yield CHECK.finding(
                subject,
                f"{' and '.join(clashes[0])} differ only in case"
                + (f", and {len(clashes) - 1} others" if len(clashes) > 1 else ""),
                layer=part.name,
                path=clashes[0][0],
                detail={"paths": tuple(path for paths in clashes for path in paths)},
            )


CHECK = Check(
    id="path-case-clash",
    summary="Two paths differ only in upper and lower case",
    severity=Severity.INFO,
    run=_run,
    fix="Unpack such a layer on Linux only.",
)
