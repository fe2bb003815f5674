"""The packages stand at the top of the layer, without python/.

## What it checks

Whether a layer has Python packages at its top and none where the runtime looks: `python/` or
`python/lib/python3.X/site-packages/`.

## Why it fails on Lambda

A layer is unpacked into /opt, and /opt itself is not on sys.path: `No module named 'requests'`.

## Example

`pip install -t . requests && zip -r layer.zip .`

## Fix

Put everything into a folder called `python` and zip that: `pip install -t python requests && zip -r layer.zip python`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
- https://github.com/jkehler/awslambda-psycopg2/issues/68
- https://github.com/awslabs/aws-dynamodb-encryption-python/issues/132
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for found in subject.misplaced:
        if found.folder == "":
            yield CHECK.finding(
                subject,
                f"{found.stands} at the top of the layer, where Python doesn't look",
                layer=found.layer,
                path=found.first,
            )


CHECK = Check(
    id="layout-no-python-folder",
    summary="The packages stand at the top of the layer, without python/",
    severity=Severity.ERROR,
    run=_run,
    fix="Put everything into a folder called `python` and zip that folder.",
)
