"""Members of the archive lie over each other.

## What it checks

Whether two members of the zip share bytes of the file.

## Why it fails on Lambda

No ordinary tool writes such an archive. It is how a zip bomb of a few kilobytes unpacks to terabytes, and what one tool shows
differs from what another unpacks.

## Example

`zbsm.zip` of D. Fifield, 42 kB that unpack to 5.5 GB.

## Fix

Don't use this archive; build the layer from its packages.

## References

- https://www.bamsoftware.com/hacks/zipbomb/
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

_KINDS: Final = frozenset({"overlap"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-overlap",
    summary="Members of the archive lie over each other",
    severity=Severity.ERROR,
    run=_run,
    fix="Don't use this archive; build the layer from its packages.",
)
