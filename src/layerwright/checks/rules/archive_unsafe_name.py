"""A member's name is no path below the layer.

## What it checks

Names that are absolute, that lead out with `..`, that hold a backslash, a drive letter or a NUL, and members that are devices,
sockets or pipes.

## Why it fails on Lambda

A tool for Windows writes `python\\app.py`, which on Linux is a file with a backslash in its name at the top: `No module named
'app'`. The others are refused, or meant to do harm.

## Example

A zip made by an old .NET `ZipFile.CreateFromDirectory`.

## Fix

Pack on Linux or macOS, or with Python's `zipfile`, which write forward slashes.

## References

- https://learn.microsoft.com/dotnet/framework/migration-guide/mitigation-ziparchiveentry-fullname-path-separator
- https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.archive import archive_findings
from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = frozenset({"unsafe-name", "special-file"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-unsafe-name",
    summary="A member's name is no path below the layer",
    severity=Severity.ERROR,
    run=_run,
    fix="Pack with a tool that writes forward slashes and relative paths.",
)
