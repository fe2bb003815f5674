"""Compiled Python files are for another Python version.

## What it checks

`.pyc` files: the tag in their name where they lie in `__pycache__`, and the magic number in their header where a `.pyc` is all
there is of a module.

## Why it fails on Lambda

In `__pycache__`, files of another version are only dead weight. A module that has no source and the wrong bytecode fails:
`ImportError: bad magic number in 'x'`.

## Example

`python/__pycache__/six.cpython-39.pyc` in a layer for python3.12.

## Fix

Leave bytecode out, or compile with the Python version of the target.

## References

- https://peps.python.org/pep-3147/
- https://github.com/numpy/numpy/issues/20639
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.bytecode import read_header
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    tag = f".cpython-{subject.target.python[0]}{subject.target.python[1]}"
    cached: list[str] = []
    alone: list[str] = []
    for path in subject.stack:
        if path.endswith(".pyc"):
            if "/__pycache__/" in path:
                if tag not in path.rpartition("/")[2]:
                    cached.append(path)
            elif _is_alone(subject, path):
                alone.append(path)
    if alone:
        yield CHECK.finding(
            subject,
            f"{alone[0].rpartition('/')[2]} is all there is of its module, and was compiled by another Python than "
            f"{subject.target.python_version}",
            paths=alone,
            severity=Severity.ERROR,
        )
    if cached:
        wasted = sum(subject.stack[path].size_bytes for path in cached)
        yield CHECK.finding(
            subject,
            f"{len(cached)} compiled files ({wasted:,} bytes) are for another Python than {subject.target.python_version}; "
            "nothing reads them",
            paths=cached,
            detail={"wasted_bytes": wasted},
        )


def _is_alone(subject: Subject, path: str) -> bool:
    """Tell whether a module is taken from this file, and the file is of another version."""
    name = subject.modules.name_of(path)
    found = subject.modules.find(name) if name else None
    if (
        found is None
        or found.path != path
        or (found.form is not Form.BYTECODE and not path.endswith("__init__.pyc"))
    ):
        return False
    header = read_header(subject.contents.source(path))
    return header is None or header.python not in {None, subject.target.python}


CHECK = Check(
    id="bytecode-other-python",
    summary="Compiled Python files are for another Python version",
    severity=Severity.WARNING,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Leave bytecode out, or compile with the Python version of the target.",
)
