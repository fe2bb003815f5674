"""An ELF file of another kind stands where a library should.

## What it checks

Whether the ELF files that would be loaded as libraries are libraries: not object files, programs, core dumps, or files that forbid
to be opened (DF_1_NOOPEN).

## Why it fails on Lambda

The loader refuses them: `only ET_DYN and ET_EXEC can be loaded`, `cannot dynamically load executable`, `object file has no dynamic section`.

## Example

An object file that was renamed to `.so`, or the separate debugging information of a library in its place.

## Fix

Put the library itself there.

## References

- https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.loading import Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import grouped, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for group in grouped(subject.loadings.cases(Problem.UNLOADABLE), lambda case: case.problem.file):
        problem = group[0].problem
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(problem.file).path} is no library: {problem.message.rpartition(': ')[2]}; "
            f"{group[0].reason}",
            paths=dict.fromkeys((problem.file, *paths(group))),
            severity=group[0].severity,
            detail={"loader": problem.message},
        )


CHECK = Check(
    id="elf-not-loadable",
    summary="An ELF file of another kind stands where a library should",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Put the library itself there.",
)
