"""A file stands where another layer has a folder.

## What it checks

Whether a path is a file in one layer (or in one entry of a zip) and a folder in another.

## Why it fails on Lambda

Layers are unpacked over each other into /opt. A file can't be replaced by a folder of the same name; AWS refuses the function
or its layers with a conversion error.

## Example

`python/requests` as a file in one layer, `python/requests/__init__.py` in the next.

## Fix

Rename the file, or leave one of the layers out.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    folders: dict[str, str] = {}
    for part in subject.layers:
        for path in part.tree:
            parent = path.rpartition("/")[0]
            while parent and parent not in folders:
                folders[parent] = part.name
                parent = parent.rpartition("/")[0]
    for part in subject.layers:
        for entry in part.tree.files():
            other = folders.get(entry.path)
            if other is not None:
                yield CHECK.finding(
                    subject,
                    f"{entry.path} is a file here, and a folder in {other if other != part.name else 'the same layer'}",
                    layer=part.name,
                    path=entry.path,
                )


CHECK = Check(
    id="path-conflict",
    summary="A file stands where another layer has a folder",
    severity=Severity.ERROR,
    run=_run,
    fix="Rename the file, or leave one of the layers out.",
)
