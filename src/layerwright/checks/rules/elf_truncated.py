"""A binary is cut off.

## What it checks

Whether the segments that an ELF file's own headers speak of fit in the file.

## Why it fails on Lambda

The loader maps what isn't there, and the process dies with SIGBUS as soon as it touches it: no exception, no traceback, only
`Runtime exited with error: signal: bus error`.

## Example

A download that broke off, a full disk during the build, a file that a text filter has shortened.

## Fix

Get the file again. `metadata-changed-file` tells whether it is the one that its wheel held.

## References

- https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Elf
from layerwright.binaries.loading import Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import grouped, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for group in grouped(subject.loadings.cases(Problem.TRUNCATED), lambda case: case.problem.file):
        file = group[0].problem.file
        facts = subject.contents.binaries[file]
        owner = subject.contents.owner(file)
        missing = facts.extent_bytes - facts.size_bytes if isinstance(facts, Elf) else 0
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(file).path} is cut off: {missing:,} bytes are missing at its end; "
            f"loading it kills the process: {group[0].reason}",
            paths=dict.fromkeys((file, *paths(group))),
            severity=group[0].severity,
            fix=subject.rebuild(owner) if owner else None,
            detail={"missing_bytes": missing},
        )


CHECK = Check(
    id="elf-truncated",
    summary="A binary is cut off",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Get the file again, and build the layer from it.",
)
