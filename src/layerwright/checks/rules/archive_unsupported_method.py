"""A member is compressed by a method that Lambda doesn't read.

## What it checks

The compression method of each member: stored (0) and deflated (8) are what every unzip reads.

## Why it fails on Lambda

`Could not unzip uploaded file`: bzip2, LZMA, Zstandard and Deflate64 are later additions to the format. Windows Explorer writes
Deflate64 for large files.

## Example

A layer packed by 7-Zip with `-mm=LZMA`.

## Fix

Pack again with deflate: `zip -r layer.zip python`.

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

_KINDS: Final = frozenset({"method"})


def _run(subject: Subject) -> Iterator[Finding]:
    return archive_findings(CHECK, subject, _KINDS)


CHECK = Check(
    id="archive-unsupported-method",
    summary="A member is compressed by a method that Lambda doesn't read",
    severity=Severity.ERROR,
    run=_run,
    fix="Pack again with deflate: `zip -r layer.zip python`.",
)
