"""A binary's segments are not aligned.

## What it checks

Whether each PT_LOAD segment's address and file offset agree modulo its alignment, and whether that alignment is one of pages.

## Why it fails on Lambda

`ELF load command address/offset not properly aligned`, or `ELF load command alignment not page-aligned`: the loader can't map the file.
It is what `strip` leaves behind when it works on a library that `patchelf` has changed, as every repaired wheel's are.

## Example

`find python -name '*.so*' | xargs strip` over a layer with numpy in it.

## Fix

Take the libraries as their wheels have them, and don't strip them (Serverless: `strip: false`).

## References

- https://github.com/serverless/serverless-python-requirements/issues/318
- https://github.com/numpy/numpy/issues/20101
- https://github.com/NixOS/patchelf/issues/10
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
    for group in grouped(subject.loadings.cases(Problem.MISALIGNED), lambda case: case.problem.file):
        problem = group[0].problem
        owner = subject.contents.owner(problem.file)
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(problem.file).path} can't be mapped, its segments are not aligned "
            f"({problem.message.rpartition(': ')[2]}): {group[0].reason}",
            paths=dict.fromkeys((problem.file, *paths(group))),
            severity=group[0].severity,
            fix=f"{subject.rebuild(owner)} (and don't strip it)" if owner else None,
            detail={"loader": problem.message},
        )


CHECK = Check(
    id="elf-misaligned-segment",
    summary="A binary's segments are not aligned",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Take the library as its wheel has it, and don't strip it.",
)
