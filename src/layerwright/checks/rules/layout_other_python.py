"""The packages are in the folder of another Python version.

## What it checks

`python/lib/pythonX.Y/site-packages` folders whose version isn't the target's. A layer that has a folder for the target as well
serves several runtimes; that is only told.

## Why it fails on Lambda

Only the folder of the runtime's own minor version is on sys.path: `No module named 'psycopg2'`.

## Example

`python/lib/python3.7/site-packages/psycopg2/` in a layer for python3.11.

## Fix

Build for this target, or put what fits every version into `python/`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
- https://github.com/jkehler/awslambda-psycopg2/issues/47
- https://github.com/keithrozario/Klayers/issues/141
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for found in subject.misplaced:
        if found.python_version not in {None, subject.target.python_version}:
            yield CHECK.finding(
                subject,
                f"{found.stands} in {found.folder}; {subject.target.runtime} doesn't look there",
                layer=found.layer,
                path=found.first,
                severity=Severity.INFO if found.has_more else Severity.ERROR,
                detail={"folder": found.folder},
            )


CHECK = Check(
    id="layout-other-python",
    summary="The packages are in the folder of another Python version",
    severity=Severity.ERROR,
    run=_run,
    fix="Build for this target, or put what fits every version into `python/`.",
)
