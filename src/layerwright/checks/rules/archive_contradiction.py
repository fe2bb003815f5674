"""The archive says two things about the same member.

## What it checks

Name, method, sizes and CRC in the zip's directory against those in front of each member, and the number of members against the
one declared.

## Why it fails on Lambda

Tools believe one or the other, so that what was looked at is not what Lambda unpacks.

## Example

A member that is `app.py` in the directory and `payload.py` in its own header.

## Fix

Make the archive again with an ordinary tool.

## References

- https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.archive import archive_findings
from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = frozenset({"local-header-differs", "count-differs", "name-encoding"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-contradiction",
    summary="The archive says two things about the same member",
    severity=Severity.ERROR,
    run=_run,
    fix="Make the archive again with an ordinary tool.",
)
