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

from layerwright.checks.archive import listed, more, problems_of
from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = frozenset({"encrypted"})


def _run(subject: Subject) -> Iterator[Finding]:
    for part in subject.stack.parts:
        found = problems_of(part, _KINDS)
        if found:
            yield CHECK.finding(
                subject,
                f"{found[0].path or 'the archive'}: {found[0].message}" + more(found),
                layer=part.name,
                path=found[0].path,
                detail=listed(found),
            )


CHECK = Check(
    id="archive-encrypted",
    summary="A member of the archive is encrypted",
    severity=Severity.ERROR,
    run=_run,
    fix="Make the archive without a password.",
)
