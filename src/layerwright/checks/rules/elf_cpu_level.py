"""A library declares that it needs a newer CPU.

## What it checks

The x86-64 levels that a library's GNU property note declares to need. Level 4 (AVX-512) is told as a warning; levels up to 3 (AVX2) are what
Lambda's x86_64 hosts have. Most libraries declare nothing, whatever instructions they use.

## Why it fails on Lambda

`CPU ISA level is lower than required` from a loader that looks at the note (glibc 2.33 and later), or `signal: illegal instruction` from
one that doesn't. A function runs on whatever host is free.

## Example

A library compiled with `-march=x86-64-v4`.

## Fix

Build it for `x86-64-v3` or lower.

## References

- https://gitlab.com/x86-psABIs/x86-64-ABI
- https://docs.aws.amazon.com/lambda/latest/dg/runtimes-avx2.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_ABOVE: Final = "x86-64-v4"


def _run(subject: Subject) -> Iterator[Finding]:
    if subject.target.machine != "x86_64":
        return
    files = [
        path
        for path, facts in sorted(subject.contents.binaries.items())
        if isinstance(facts, Elf) and _ABOVE in facts.isa_needed
    ]
    if files:
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(files[0]).path} {f'and {len(files) - 1} more need' if len(files) > 1 else 'needs'} "
            f"{_ABOVE} (AVX-512), which not every host of Lambda has",
            paths=files,
        )


CHECK = Check(
    id="elf-cpu-level",
    summary="A library declares that it needs a newer CPU",
    severity=Severity.WARNING,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build it for x86-64-v3 or lower.",
)
