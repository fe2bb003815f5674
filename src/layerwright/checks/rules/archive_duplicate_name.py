"""Two members of the archive have the same name.

## What it checks

Names that stand more than once in the zip's directory.

## Why it fails on Lambda

Which of them Lambda keeps is not documented. Here the last is taken, as most tools do.

## Example

`zipfile.ZipFile(path, 'a')` adding a file that is there already.

## Fix

Make the archive anew instead of adding to it.

## References

- https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
- https://docs.python.org/3/library/zipfile.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.archive import archive_findings
from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = frozenset({"duplicate-name"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-duplicate-name",
    summary="Two members of the archive have the same name",
    severity=Severity.WARNING,
    run=_run,
    fix="Make the archive anew instead of adding to it.",
)
