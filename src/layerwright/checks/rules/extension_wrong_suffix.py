"""An extension module has a suffix that this Python never tries.

## What it checks

The suffix of every extension module against those that the target's interpreter tries: of another minor version, of a free-threaded or debug
build, of PyPy, for another CPU. Modules for macOS, Windows and musl have checks of their own. Where the module is there for this
interpreter too, the others are dead weight and only told.

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

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.binaries.loading import Role
from layerwright.binaries.suffixes import ExtensionName, Refusal, parse_extension_name, refusal
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_ELSEWHERE: Final = frozenset({Refusal.OTHER_SYSTEM, Refusal.OTHER_LIBC})
_BUILD: Final = {
    Refusal.FREE_THREADED: "a free-threaded Python",
    Refusal.DEBUG: "a debug build of Python",
}


class _Cause(NamedTuple):
    owner: str
    built_for: str
    severity: Severity


def _run(subject: Subject) -> Iterator[Finding]:
    groups: dict[_Cause, list[tuple[str, str]]] = {}
    for path, loading in sorted(subject.loadings.results.items()):
        name = parse_extension_name(posixpath.basename(path))
        if loading.role is not Role.NEVER_TRIED or name is None:
            continue
        why = refusal(name, subject.target.python, subject.target.machine)
        if why is None or why in _ELSEWHERE:
            continue
        owner = subject.contents.owner(path)
        severity, reason = _grave(subject, path)
        cause = _Cause(owner.requirement if owner else "", _built_for(name, why), severity)
        groups.setdefault(cause, []).append((path, reason))
    for cause, files in groups.items():
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        owner = subject.contents.owner(files[0][0])
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(files[0][0]).path}{more} {'is' if not more else 'are'} for {cause.built_for}, "
            f"and {subject.target} never tries {'it' if not more else 'them'}: {files[0][1]}",
            paths=[path for path, _ in files],
            severity=cause.severity,
            fix=subject.rebuild(owner) if owner else None,
            detail={"built_for": cause.built_for},
        )


def _grave(subject: Subject, path: str) -> tuple[Severity, str]:
    verdict = subject.loadings.verdict(subject.loadings.results[path])
    if verdict.breaks:
        return Severity.ERROR, verdict.reason
    name = subject.modules.name_of(path)
    found = subject.modules.find(name) if name else None
    if found is not None and found.form is Form.EXTENSION:
        return Severity.INFO, verdict.reason
    return Severity.WARNING, verdict.reason


def _built_for(name: ExtensionName, why: Refusal) -> str:
    if why in _BUILD:
        return _BUILD[why]
    if why is Refusal.OTHER_MACHINE:
        return name.machine or "another CPU"
    if name.python is not None and len(name.python) > 1:
        implementation = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(name.implementation or "", "Python")
        return f"{implementation} {name.python[0]}.{name.python[1]}"
    return f"an interpreter with the suffix .{name.tag}{name.ending}"


CHECK = Check(
    id="extension-wrong-suffix",
    summary="An extension module has a suffix that this Python never tries",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target.",
)
