"""A link leads out of the layer.

## What it checks

Links to absolute paths, and relative ones that climb above the layer's top, where the goal isn't in the stack.

## Why it fails on Lambda

On Lambda the path is another machine's. A link into the build machine (`/home/...`) dangles; one to a system library gets
whatever the runtime has there, if anything.

## Example

`python/mylib -> /home/me/src/mylib`.

## Fix

Copy the files into the layer instead of linking to them: `cp -rL`.

## References

- https://github.com/aws/aws-sam-cli/issues/878
- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.stack import leads_out
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.stack.items():
        if entry.kind is not Kind.SYMLINK or subject.stack.resolve(path) is not None:
            continue
        goal = entry.read().decode("utf-8", "replace")
        if leads_out(path, goal):
            yield CHECK.finding(
                subject, f"it leads out of the layer, to {goal}", paths=[path], detail={"goal": goal}
            )


CHECK = Check(
    id="symlink-outside",
    summary="A link leads out of the layer",
    severity=Severity.WARNING,
    run=_run,
    fix="Copy the files into the layer instead of linking to them: `cp -rL`.",
)
