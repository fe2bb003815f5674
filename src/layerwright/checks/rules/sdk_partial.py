"""A part of the AWS SDK is in the stack, and the rest comes from the runtime.

## What it checks

boto3, botocore and s3transfer: whether some of them are in the stack and others aren't, so that the runtime's copies fill the gap. Where
nothing in the stack requires the missing one and no function was given, it's only told.

## Why it fails on Lambda

The three are released together and take each other's internals for granted. Layers stand before the runtime's copies on sys.path, so
that a botocore of one day meets a boto3 of another: `DataNotFoundError`, `cannot import name 'x' from 'botocore'`, `TypeError`. The
runtime's copies change without notice.

## Example

`aiobotocore` brings `botocore 1.34.69`, and the function imports the runtime's boto3 1.40.

## Fix

Put all of them in the layer, in versions that were resolved together, or none.

## References

- https://github.com/boto/botocore/issues/3082
- https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_FAMILY: Final = ("boto3", "botocore", "s3transfer")
_NEEDS: Final = {"boto3": {"botocore", "s3transfer"}, "s3transfer": {"botocore"}, "botocore": frozenset()}


def _run(subject: Subject) -> Iterator[Finding]:
    there = [name for name in _FAMILY if name in subject.by_name]
    bundled = {package.name for package in subject.runtime.bundled}
    absent = [name for name in _FAMILY if name not in there and name in bundled]
    if not there or not absent:
        return
    needed = {one.project for one in subject.required}
    mixed = any(_NEEDS[name] & set(absent) for name in there) or any(name in needed for name in absent)
    mixed = mixed or any(subject.importers.by_function(name) for name in absent)
    yield CHECK.finding(
        subject,
        f"{', '.join(subject.by_name[name].requirement for name in there)} in the stack, "
        f"{' and '.join(absent)} from the runtime",
        paths=[f"{subject.by_name[name].folder}/METADATA" for name in there],
        severity=Severity.WARNING if mixed else Severity.INFO,
        fix=f"layerwright build boto3 {' '.join(there)} --target {subject.target}".replace(
            "boto3 boto3", "boto3"
        ),
        detail={"in_stack": tuple(there), "from_runtime": tuple(absent)},
    )


CHECK = Check(
    id="sdk-partial",
    summary="A part of the AWS SDK is in the stack, and the rest comes from the runtime",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA, Need.SDK}),
    run=_run,
    fix="Put boto3, botocore and s3transfer in the layer together, or none of them.",
)
