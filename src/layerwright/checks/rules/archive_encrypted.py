"""A member of the archive is encrypted.

## What it checks

The encryption flag of each member.

## Why it fails on Lambda

Lambda has no password: `Could not unzip uploaded file`.

## Example

`zip -e layer.zip -r python`.

## Fix

Make the archive without a password.

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

_KINDS: Final = frozenset({"encrypted"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-encrypted",
    summary="A member of the archive is encrypted",
    severity=Severity.ERROR,
    run=_run,
    fix="Make the archive without a password.",
)
