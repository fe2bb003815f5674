"""The zip is too large to upload directly.

## What it checks

The size of each zip: 52,428,800 bytes at most in one request.

## Why it fails on Lambda

`Request must be smaller than 70167211 bytes for the PublishLayerVersion operation`, or `Zipped size must be smaller than
52428800 bytes`. Larger zips go through S3; the limit on the unzipped size stays.

## Example

`aws lambda publish-layer-version --zip-file fileb://layer.zip` with 60 MB.

## Fix

`layerwright publish` goes through S3 by itself; with the AWS CLI, `aws s3 cp` and then `--content S3Bucket=...,S3Key=...`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
- https://github.com/aws/chalice/issues/2115
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    limit = subject.quotas.zipped_upload_bytes
    for part in subject.stack.parts:
        if part.zipped_bytes is not None and part.zipped_bytes > limit:
            yield CHECK.finding(
                subject,
                f"{part.zipped_bytes:,} bytes zipped; a direct upload takes {limit:,}",
                layer=part.name,
                detail={"zipped_bytes": part.zipped_bytes, "limit_bytes": limit},
            )


CHECK = Check(
    id="size-upload",
    summary="The zip is too large to upload directly",
    severity=Severity.WARNING,
    run=_run,
    fix="`layerwright publish` goes through S3 by itself; with the AWS CLI, use `--content S3Bucket=...,S3Key=...`.",
)
