"""A package was compiled on some machine, and its wheel is no manylinux wheel.

## What it checks

Distributions with binaries whose WHEEL file is tagged `linux_x86_64` or `linux_aarch64`: built from source, and never held against a
manylinux policy. What the loader needs of them is checked like all else; this only tells where they come from.

## Why it fails on Lambda

Such a build took the compiler, the headers and the libraries of its machine: `GLIBC_2.38 not found`, or a segmentation fault where
structures differ (pyarrow and numpy of different builds). The first is found by other checks, the second only by a run.

## Example

`pip install --no-binary :all: numpy` on Ubuntu 24.04, copied into a layer.

## Fix

Take the project's manylinux wheel, or let `layerwright build` compile for the target.

## References

- https://github.com/aws/aws-sdk-pandas/issues/3393
- https://peps.python.org/pep-0600/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    found = [one for one in subject.distributions if any(_is_local(tag) for tag in one.tags)]
    if found:
        names = ", ".join(one.requirement for one in found)
        yield CHECK.finding(
            subject,
            f"{names} {'was' if len(found) == 1 else 'were'} compiled somewhere, without a manylinux policy",
            paths=[f"{one.folder}/WHEEL" for one in found],
            fix=f"layerwright build {' '.join(chr(34) + one.requirement + chr(34) for one in found)} --target {subject.target}",
        )


def _is_local(tag: str) -> bool:
    return tag.rpartition("-")[2].startswith("linux_")


CHECK = Check(
    id="wheel-built-locally",
    summary="A package was compiled on some machine, and its wheel is no manylinux wheel",
    severity=Severity.INFO,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Take the project's manylinux wheel, or let `layerwright build` compile for the target.",
)
