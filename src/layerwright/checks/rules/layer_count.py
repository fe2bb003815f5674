"""A function can't have that many layers.

## What it checks

How many layers the stack has: five at most.

## Why it fails on Lambda

`Cannot reference more than 5 layers.`

## Example

Six layers given to `layerwright check`.

## Fix

Build several sets of packages into one layer.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    limit = subject.quotas.layers
    if len(subject.layers) > limit:
        yield CHECK.finding(
            subject,
            f"{len(subject.layers)} layers; a function can have {limit}",
            layer=subject.layers[limit].name,
        )


CHECK = Check(
    id="layer-count",
    summary="A function can't have that many layers",
    severity=Severity.ERROR,
    run=_run,
    fix="Build several sets of packages into one layer.",
)
