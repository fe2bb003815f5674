"""A link leads to nothing in the stack.

## What it checks

Links within the layer whose goal isn't there, and links in a circle. Where Python or the loader would look for the file, it's
an error.

## Why it fails on Lambda

The link is unpacked as it is, and opening it fails: `cannot open shared object file`, `No module named`. Tools that zip only
regular files, or that were given half of the folder, leave such links.

## Example

`lib/libfoo.so -> libfoo.so.1` without `libfoo.so.1`.

## Fix

Zip the files that the links lead to as well; `zip -y` keeps links as links.

## References

- https://github.com/aws/aws-sam-cli/issues/878
- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.stack import leads_out
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_LOOKED_FOR: Final = (".py", ".so")


def _run(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.stack.items():
        if entry.kind is not Kind.SYMLINK or subject.stack.resolve(path) is not None:
            continue
        goal = entry.read().decode("utf-8", "replace")
        if not leads_out(path, goal):
            wanted = path.endswith(_LOOKED_FOR) or ".so." in path
            yield CHECK.finding(
                subject,
                f"it leads to {goal}, which is not there",
                paths=[path],
                severity=Severity.ERROR if wanted else Severity.WARNING,
                detail={"goal": goal},
            )


CHECK = Check(
    id="symlink-dangling",
    summary="A link leads to nothing in the stack",
    severity=Severity.ERROR,
    run=_run,
    fix="Zip the files that the links lead to as well.",
)
