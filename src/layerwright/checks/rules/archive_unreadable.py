"""A part of the archive can't be read.

## What it checks

Whether each member's bytes are in the file, unpack, and have the length and the CRC that the archive declares.
Of an archive that declares more than a gigabyte nothing is unpacked, and nothing is known.

## Why it fails on Lambda

AWS refuses the upload: `Could not unzip uploaded file. Please check your file, then try to upload again.` What is unreadable is
never fine, even if nobody imports it.

## Example

A zip whose download or upload broke off.

## Fix

Make the archive again; compare its hash with that of the original.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
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

_KINDS: Final = frozenset({"beyond-file", "too-large", "unreadable"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-unreadable",
    summary="A part of the archive can't be read",
    severity=Severity.ERROR,
    run=_run,
    fix="Make the archive again; compare its hash with that of the original.",
)
