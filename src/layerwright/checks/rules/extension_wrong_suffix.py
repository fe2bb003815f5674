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
from typing import TYPE_CHECKING, Final

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


def _run(subject: Subject) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[str]] = {}
    for path, loading in sorted(subject.loadings.results.items()):
        name = parse_extension_name(posixpath.basename(path))
        if loading.role is not Role.NEVER_TRIED or name is None:
            continue
        why = refusal(name, subject.target.python, subject.target.machine)
        if why is None or why in _ELSEWHERE:
            continue
        owner = subject.contents.owner(path)
        groups.setdefault((owner.requirement if owner else "", _built_for(name, why)), []).append(path)
    for (_, built_for), files in groups.items():
        first, severity, reason = _gravest(subject, files)
        ordered = [first, *(path for path in files if path != first)]
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        owner = subject.contents.owner(first)
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(first).path}{more} {'is' if not more else 'are'} for {built_for}, "
            f"and {subject.target} never tries {'it' if not more else 'them'}: {reason}",
            paths=ordered,
            severity=severity,
            fix=subject.rebuild(owner) if owner else None,
            detail={"built_for": built_for},
        )


def _gravest(subject: Subject, files: list[str]) -> tuple[str, Severity, str]:
    """The file that breaks the layer, or that comes nearest to it; the first error decides."""
    found: list[tuple[Severity, str, str]] = []
    loadings = subject.loadings
    for path in sorted(files, key=lambda path: not loadings.breaks_at_once(loadings.results[path])):
        verdict = loadings.verdict(loadings.results[path])
        if verdict.breaks:
            return path, Severity.ERROR, verdict.reason
        found.append((_weight(subject, path), path, verdict.reason))
    severity, path, reason = next((one for one in found if one[0] is Severity.WARNING), found[0])
    return path, severity, reason


def _weight(subject: Subject, path: str) -> Severity:
    """One beside the extension module that is tried is only told."""
    name = subject.modules.name_of(path)
    found = subject.modules.find(name) if name else None
    return Severity.INFO if found is not None and found.form is Form.EXTENSION else Severity.WARNING


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
