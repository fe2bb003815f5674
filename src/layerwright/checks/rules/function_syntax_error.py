"""A module of the function isn't valid Python.

## What it checks

Whether the handler's module, and the function's own modules that it reaches, can be parsed. Where the target's Python is newer
than the one that runs layerwright, nothing is claimed of syntax that only the newer one knows.

## Why it fails on Lambda

`Syntax error in module 'app': invalid syntax (app.py, line 3)`.

## Example

A merge conflict marker in `app.py`.

## Fix

Correct the file; compile it with the target's Python: `python3.11 -m py_compile app.py`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
- https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.function import own_modules

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    if subject.target.python > sys.version_info[:2]:
        return  # this interpreter's grammar is the older one
    for path in own_modules(subject):
        error = subject.syntax(path).error
        if error is not None:
            place = subject.stack.place(path).path
            yield CHECK.finding(
                subject, f"{place}:{error[0]}: {error[1]}", paths=[path], detail={"line": error[0]}
            )


CHECK = Check(
    id="function-syntax-error",
    summary="A module of the function isn't valid Python",
    severity=Severity.ERROR,
    needs=frozenset({Need.FUNCTION}),
    run=_run,
    fix="Correct the file; compile it with the target's Python: `python3.11 -m py_compile app.py`.",
)
