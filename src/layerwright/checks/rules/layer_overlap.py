"""A layer replaces files of the one before it.

## What it checks

Python files and libraries that two layers have under the same path with different content.

## Why it fails on Lambda

Layers are unpacked in order, so the later one wins, file by file. Where both hold the same package in different versions, the
result is a mix of both.

## Example

Two layers that each bring their own `typing_extensions.py`.

## Fix

Build the packages into one layer, or make sure that the later layer has the version you want.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.installed import is_metadata

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_CODE: Final = (".py", ".so")


def _run(subject: Subject) -> Iterator[Finding]:
    before: dict[str, tuple[str, int]] = {}
    for part in subject.layers:
        replaced: dict[str, list[str]] = {}
        for entry in part.tree.files():
            known = before.get(entry.path)
            if (
                known
                and known[1] != entry.crc32
                and entry.path.endswith(_CODE)
                and not is_metadata(entry.path)
            ):
                replaced.setdefault(known[0], []).append(entry.path)
            before[entry.path] = (part.name, entry.crc32)
        for other, paths in replaced.items():
            yield CHECK.finding(
                subject,
                f"{len(paths)} {'file' if len(paths) == 1 else 'files'} of {other} {'is' if len(paths) == 1 else 'are'} replaced by others",
                layer=part.name,
                path=paths[0],
                detail={"paths": tuple(paths), "other": other},
            )


CHECK = Check(
    id="layer-overlap",
    summary="A layer replaces files of the one before it",
    severity=Severity.INFO,
    run=_run,
    fix="Build the packages into one layer.",
)
