"""An extension module has a suffix that this Python never tries.

## What it checks

The suffix of every extension module against those that the target's interpreter tries: of another minor version, of a free-threaded or debug
build, of PyPy, of a machine that its bytes are not for. Modules for macOS, Windows, musl and another CPU have checks of their own. Where the
module is there for this interpreter too, the others are dead weight and only told.

## Why it fails on Lambda

Python asks for `name.cpython-311-x86_64-linux-gnu.so`, `name.abi3.so` and `name.so`, and for nothing else. Another file may as well not be
there: `No module named 'pydantic_core._pydantic_core'`.

## Example

A layer that was built for python3.10, attached to a python3.11 function: all its modules end in `.cpython-310-x86_64-linux-gnu.so`.

## Fix

Build the layer for this target.

## References

- https://github.com/pydantic/pydantic/issues/6557
- https://github.com/keithrozario/Klayers/issues/141
- https://peps.python.org/pep-3149/
- https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import counted
from layerwright.checks.never_tried import never_tried

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for group in never_tried(subject):
        if group.machine is not None:
            continue  # elf-wrong-machine tells of these
        are, them = ("is", "it") if len(group.paths) == 1 else ("are", "them")
        yield CHECK.finding(
            subject,
            f"{counted(subject, group.paths)} {are} for {group.built_for}, "
            f"and {subject.target} never tries {them}: {group.reason}",
            paths=group.paths,
            severity=group.severity,
            fix=subject.rebuild(group.owner) if group.owner else None,
            detail={"built_for": group.built_for},
        )


CHECK = Check(
    id="extension-wrong-suffix",
    summary="An extension module has a suffix that this Python never tries",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target.",
)
