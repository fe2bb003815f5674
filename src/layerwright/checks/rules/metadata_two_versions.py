"""One project is there in two versions.

## What it checks

Whether two `.dist-info` folders on the search path name the same project with different versions. In one folder that is a warning,
since their files lie over each other; in two (the function's and the layer's) it is only told, since the first one wins as a whole.

## Why it fails on Lambda

`pip install --target` over an older installation, or two layers with different versions, leave the files of both. Which version
`importlib.metadata` reports is chance, and modules that one version dropped are still found.

## Example

`python/requests-2.28.0.dist-info` and `python/requests-2.32.3.dist-info`.

## Fix

Build into an empty folder; take the older version out of the other layer.

## References

- https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-t
- https://github.com/aws/aws-sdk-pandas
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for _, group in groupby(subject.distributions, key=lambda one: one.name):
        found = list(group)
        versions = sorted({one.version or "?" for one in found})
        if len(versions) < 2:
            continue
        mixed = len({one.root for one in found}) < len(found)
        first = subject.by_name[found[0].name]
        yield CHECK.finding(
            subject,
            f"{first.title} is there in {len(versions)} versions: {', '.join(versions)}"
            + ("; their files lie over each other" if mixed else f"; Python takes {first.version}"),
            paths=[one.folder for one in found],
            severity=Severity.WARNING if mixed else Severity.INFO,
            detail={"versions": tuple(versions)},
        )


CHECK = Check(
    id="metadata-two-versions",
    summary="One project is there in two versions",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Build into an empty folder; take the older version out of the other layer.",
)
