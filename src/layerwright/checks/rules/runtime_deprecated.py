"""The runtime is past its date, or about to be.

## What it checks

The dates that AWS has published for the target's runtime against today's: deprecation, the end of creating functions, the end
of updating them; and whether it's a preview.

## Why it fails on Lambda

After deprecation there are no security patches and no support. Later AWS refuses to create functions with it, then to update
them: `The runtime parameter of python3.8 is no longer supported for creating or updating AWS Lambda functions`.

## Example

`--target python3.8-x86_64` after 2024-10-14.

## Fix

Move to a newer runtime; `layerwright targets` lists them with their dates.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.targets.runtime import Status

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_SAID: Final = {
    Status.DEPRECATED: "is deprecated",
    Status.CREATE_BLOCKED: "is deprecated, and AWS no longer lets functions be created with it",
    Status.UPDATE_BLOCKED: "is deprecated, and AWS no longer lets functions with it be updated",
}


def _run(subject: Subject) -> Iterator[Finding]:
    life = subject.runtime.lifecycle
    status = life.status(subject.today) if life else Status.SUPPORTED
    name = subject.target.runtime
    if life and status in _SAID:
        yield CHECK.finding(
            subject, f"{name} {_SAID[status]} (since {life.deprecated})", detail={"status": status.value}
        )
    elif status is Status.PREVIEW:
        yield CHECK.finding(
            subject,
            f"{name} is a preview; its interpreter can still change in ways that break extension modules",
            severity=Severity.INFO,
            detail={"status": status.value},
        )


CHECK = Check(
    id="runtime-deprecated",
    summary="The runtime is past its date, or about to be",
    severity=Severity.WARNING,
    needs=frozenset({Need.LIFECYCLE}),
    run=_run,
    fix="Move to a newer runtime; `layerwright targets` lists them with their dates.",
)
