"""The archive has bytes that belong to no member.

## What it checks

Whether anything stands before the first member or behind the end of the zip.

## Why it fails on Lambda

Most tools pass over it, some don't: `Could not unzip uploaded file`. A self-extracting archive or a zipapp (pex, shiv) has a
script in front.

## Example

A `.pex` file given as a layer.

## Fix

Write a plain zip.

## References

- https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
- https://docs.python.org/3/library/zipapp.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.archive import archive_findings
from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = frozenset({"leading-data", "trailing-data"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-surplus-data",
    summary="The archive has bytes that belong to no member",
    severity=Severity.WARNING,
    run=_run,
    fix="Write a plain zip.",
)
