"""A package is there in a version that another doesn't accept.

## What it checks

Each Requires-Dist line that holds on the target against the version that is in the stack, extras that were asked for included. It is
what `pip check` would say, had it run on Lambda.

## Why it fails on Lambda

Python doesn't look at versions when it imports. What was removed or renamed in the other version is missing when the code gets
there: `ImportError: cannot import name 'x' from 'y'`, or an error while the function runs.

## Example

`pandas 2.3.0` needs `numpy>=1.23.2`, and numpy 1.21.6 from an older layer lies over it.

## Fix

Build the layers together, so that one resolution covers all of them, or order them so that the fitting version comes last.

## References

- https://packaging.python.org/en/latest/specifications/version-specifiers/
- https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.requirements import accepts

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for one in subject.required:
        there = subject.by_name.get(one.project)
        if there is None or there.version is None or accepts(one.requirement.specifier, there.version):
            continue
        yield CHECK.finding(
            subject,
            f"{one.by.requirement} needs {one.requirement.name}{one.requirement.specifier}, "
            f"and {there.requirement} is in the stack",
            paths=[f"{there.folder}/METADATA", f"{one.by.folder}/METADATA"],
            fix=subject.rebuild(one.by),
            detail={
                "project": one.project,
                "version": there.version,
                "required": str(one.requirement.specifier),
            },
        )


CHECK = Check(
    id="metadata-version-conflict",
    summary="A package is there in a version that another doesn't accept",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Build the layers together, so that one resolution covers all of them.",
)
