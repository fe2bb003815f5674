"""An environment variable of the function hides the layers.

## What it checks

The variables that the function is given: a PYTHONPATH without /opt/python, and a LD_LIBRARY_PATH without /opt/lib where a layer
has libraries there.

## Why it fails on Lambda

The runtime adds the layers' folders to sys.path only while PYTHONPATH is its own. If it's set, nothing of any layer can be
imported: `No module named 'requests'`. A LD_LIBRARY_PATH replaces the one that has /opt/lib.

## Example

`PYTHONPATH=/var/task/src` in the function's configuration.

## Fix

Add the layers' folders: `PYTHONPATH=/var/task/src:/opt/python`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
- https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    given = subject.environment or {}
    layer = subject.runtime.layer
    for variable, folders in (("PYTHONPATH", layer.python), ("LD_LIBRARY_PATH", layer.library)):
        used = [
            f"{layer.root}/{folder}"
            for folder in folders
            if subject.stack.is_folder(f"{layer.root}/{folder}")
        ]
        value = given.get(variable)
        hidden = [path for path in used if value is not None and path not in value.split(":")]
        if hidden:
            yield CHECK.finding(
                subject,
                f"{variable}={value} hides {' and '.join(hidden)}",
                fix=f"Set {variable} to {':'.join((value or '', *hidden)).strip(':')}, or leave it unset.",
                detail={"variable": variable, "hidden": tuple(hidden)},
            )


CHECK = Check(
    id="environment-hides-layers",
    summary="An environment variable of the function hides the layers",
    severity=Severity.ERROR,
    needs=frozenset({Need.ENVIRONMENT}),
    run=_run,
    fix="Add the layers' folders to the variable, or leave it unset.",
)
