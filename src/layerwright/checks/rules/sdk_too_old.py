"""A package needs a newer SDK than the runtime was last seen with.

## What it checks

Requirements on what the runtime bundles (boto3, botocore, urllib3, ...) that nothing in the stack meets, against the newest version that
anybody has reported for the runtime. AWS renews these without notice and publishes no list, so it is a warning.

## Why it fails on Lambda

An older SDK doesn't know newer services and parameters: `Unknown service: 'bedrock'`, `Unknown parameter in input`.

## Example

A package that needs `boto3>=1.43`, in a layer without boto3, for a runtime that was last seen with 1.40.4.

## Fix

Put boto3 in the layer; AWS advises that too.

## References

- https://github.com/boto/boto3/issues/3914
- https://github.com/boto/boto3/issues/4173
- https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.requirements import accepts

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    bundled = {package.name: package.version for package in subject.runtime.bundled}
    for one in subject.required:
        seen = bundled.get(one.project)
        if one.project in subject.by_name or seen is None or accepts(one.requirement.specifier, seen):
            continue
        yield CHECK.finding(
            subject,
            f"{one.by.requirement} needs {one.requirement.name}{one.requirement.specifier}, which is not in the stack; "
            f"{subject.target.runtime} was last seen with {one.project} {seen}",
            paths=[f"{one.by.folder}/METADATA"],
            fix=f'layerwright build "{one.by.requirement}" "{one.requirement.name}{one.requirement.specifier}" '
            f"--target {subject.target}",
            detail={"project": one.project, "seen": seen},
        )


CHECK = Check(
    id="sdk-too-old",
    summary="A package needs a newer SDK than the runtime was last seen with",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA, Need.SDK}),
    run=_run,
    fix="Put boto3 in the layer; AWS advises that too.",
)
