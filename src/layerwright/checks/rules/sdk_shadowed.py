"""The stack brings its own copy of what the runtime bundles.

## What it checks

Which bundled packages (boto3, botocore, urllib3, six, ...) stand in a layer or in the function too. It's no defect, and AWS advises it
for the SDK; it is told because it decides which version runs, and costs size.

## Why it fails on Lambda

It seldom does. Function and layers come before the runtime's folders on sys.path, so the stack's version is the one that is used,
by the runtime's own SDK as well.

## Example

`requests` brings `urllib3 2.5.0`, which the runtime's botocore then uses.

## Fix

None is needed. To save space, leave out what the runtime has, and accept the version that it has today.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    found = [subject.by_name[one.name] for one in subject.runtime.bundled if one.name in subject.by_name]
    if found:
        yield CHECK.finding(
            subject,
            f"{', '.join(one.requirement for one in found)} {'is' if len(found) == 1 else 'are'} used "
            "instead of what the runtime brings",
            paths=[f"{one.folder}/METADATA" for one in found],
            detail={"projects": tuple(one.name for one in found)},
        )


CHECK = Check(
    id="sdk-shadowed",
    summary="The stack brings its own copy of what the runtime bundles",
    severity=Severity.INFO,
    needs=frozenset({Need.METADATA, Need.SDK}),
    run=_run,
    fix="None is needed; leave it out to save space, and accept the runtime's version.",
)
