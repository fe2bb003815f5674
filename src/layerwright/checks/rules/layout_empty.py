"""The layer holds no file.

## What it checks

Whether there is any file in each layer.

## Why it fails on Lambda

Nothing can be imported from it. It is what remains when a build step found nothing to copy, or zipped the wrong folder.

## Example

`zip -r layer.zip python` where `python` is an empty folder.

## Fix

Look at the step before; zip the folder that the packages were installed into.

## References

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
    for part in subject.stack.parts:
        if next(part.tree.files(), None) is None and not part.problems:
            yield CHECK.finding(subject, "there is no file in it", layer=part.name)


CHECK = Check(
    id="layout-empty",
    summary="The layer holds no file",
    severity=Severity.ERROR,
    run=_run,
    fix="Zip the folder that the packages were installed into.",
)
