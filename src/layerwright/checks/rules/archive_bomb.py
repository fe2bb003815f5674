"""The archive unpacks to far more than Lambda takes.

## What it checks

The sizes that the zip declares: more than forty times Lambda's limit, or more than a hundred times the zip itself while above the
limit. None of it is unpacked here.

## Why it fails on Lambda

`Unzipped size must be smaller than 262144000 bytes`. No set of Python packages looks like this; it's an accident (a core dump,
a sparse file) or a zip bomb.

## Example

A 10 MB zip that declares 10 GB of zeros.

## Fix

Look at what the largest members are; don't unpack it.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
- https://www.bamsoftware.com/hacks/zipbomb/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_TIMES_THE_LIMIT: Final = 40
_TIMES_THE_ZIP: Final = 100  # the packages of PyPI unpack to about three times their size


def _run(subject: Subject) -> Iterator[Finding]:
    limit = subject.quotas.unzipped_bytes
    for part in subject.stack.parts:
        unzipped = part.tree.unzipped_bytes
        ratio = unzipped / part.zipped_bytes if part.zipped_bytes else 0
        if unzipped > _TIMES_THE_LIMIT * limit or (unzipped > limit and ratio > _TIMES_THE_ZIP):
            largest = max(part.tree.files(), key=lambda entry: entry.size_bytes)
            yield CHECK.finding(
                subject,
                f"it declares {unzipped:,} bytes, {largest.size_bytes:,} of them in {largest.path}",
                layer=part.name,
                path=largest.path,
                detail={"unzipped_bytes": unzipped, "zipped_bytes": part.zipped_bytes},
            )


CHECK = Check(
    id="archive-bomb",
    summary="The archive unpacks to far more than Lambda takes",
    severity=Severity.ERROR,
    run=_run,
    fix="Look at what the largest members are; don't unpack it.",
)
