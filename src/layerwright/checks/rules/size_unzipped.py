"""The function and its layers are larger than Lambda allows.

## What it checks

The sum of the sizes of all files of each layer, and of all layers with the function: 262,144,000 bytes at most.

## Why it fails on Lambda

`Unzipped size must be smaller than 262144000 bytes` when a layer is published; `Function code combined with layers exceeds the
maximum allowed size of 262144000 bytes` when it's given to a function.

## Example

pandas, scikit-learn, scipy and pyarrow in one function.

## Fix

Leave out what the function doesn't import, and ask for fewer extras; layers share the limit, so that splitting does not help. Above the limit only a container image remains.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
- https://github.com/serverless/serverless-python-requirements/issues/485
- https://github.com/aws/serverless-application-model/issues/2124
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject
    from layerwright.layer.read import Layer


def _run(subject: Subject) -> Iterator[Finding]:
    limit = subject.quotas.unzipped_bytes
    for part in subject.stack.parts:
        size = part.tree.unzipped_bytes
        if size > limit:
            yield CHECK.finding(
                subject,
                f"{size:,} bytes unzipped; Lambda takes {limit:,} for a function with all its layers{_largest(part)}",
                layer=part.name,
                detail={"unzipped_bytes": size, "limit_bytes": limit},
            )
    total = sum(part.tree.unzipped_bytes for part in subject.stack.parts)
    if total > limit and len(subject.stack.parts) > 1:
        yield CHECK.finding(
            subject,
            f"function and layers together have {total:,} bytes unzipped; Lambda takes {limit:,}",
            detail={"unzipped_bytes": total, "limit_bytes": limit},
        )


def _largest(part: Layer) -> str:
    sizes: dict[str, int] = {}
    for entry in part.tree.files():
        top = "/".join(entry.path.split("/")[:2])
        sizes[top] = sizes.get(top, 0) + entry.size_bytes
    ranked = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:3]
    return "; largest: " + ", ".join(f"{path} ({size:,})" for path, size in ranked)


CHECK = Check(
    id="size-unzipped",
    summary="The function and its layers are larger than Lambda allows",
    severity=Severity.ERROR,
    run=_run,
    fix="Leave out packages that the function doesn't import, or use a container image (10 GB); splitting into layers does not help.",
)
