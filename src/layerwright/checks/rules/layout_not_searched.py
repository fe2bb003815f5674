"""The packages are in a folder that the runtime doesn't search.

## What it checks

Packages with metadata in folders such as `lib64/`, `site-packages/` at the top, `python/site-packages/`, `python/python/`, or
below a folder that wraps the whole layer.

## Why it fails on Lambda

sys.path has `/opt/python` and `/opt/python/lib/python3.X/site-packages`, and nothing else of a layer. On Fedora and Amazon
Linux, `pip install --prefix` puts compiled packages into `lib64`: the pure ones are found and the others aren't.

## Example

`python/lib64/python3.11/site-packages/numpy/`.

## Fix

Move the packages to `python/`, or install with `--target python`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
- https://github.com/mwilliamson/jq.py/issues/83
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
        if found.folder and found.python_version in {None, subject.target.python_version}:
            yield CHECK.finding(
                subject,
                f"{found.stands} in {found.folder}, where Python doesn't look",
                layer=found.layer,
                path=found.first,
                detail={"folder": found.folder},
            )


CHECK = Check(
    id="layout-not-searched",
    summary="The packages are in a folder that the runtime doesn't search",
    severity=Severity.ERROR,
    run=_run,
    fix="Move the packages to `python/`, or install with `--target python`.",
)
