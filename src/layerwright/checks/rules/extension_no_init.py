"""An extension module lacks the function that Python calls first.

## What it checks

Whether each file that Python would import as an extension module defines `PyInit_` with its own name. A file that offers another module's
was renamed; one that offers none is a library, which is told only where something imports it.

## Why it fails on Lambda

`dynamic module does not define module export function (PyInit_name)`.

## Example

`_fast.cpython-311-x86_64-linux-gnu.so` renamed to `fast.cpython-311-x86_64-linux-gnu.so`; a library that was stripped of its symbols.

## Fix

Give the file the name that it was built with.

## References

- https://docs.python.org/3/extending/building.html
- https://github.com/Miserlou/lambda-packages/issues/90
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Elf
from layerwright.binaries.suffixes import entry_functions, module_leaf, parse_extension_name, refusal
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importability import Refusal, judge_refused

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    python, machine = subject.target.python, subject.target.machine
    for path, facts in sorted(subject.contents.binaries.items()):
        name = parse_extension_name(posixpath.basename(path))
        if name is None or not isinstance(facts, Elf) or facts.machine != machine or facts.truncated:
            continue
        if refusal(name, python, machine) is not None or facts.type != "shared" or facts.bits != 64:
            continue
        expected = entry_functions(module_leaf(path) or name.module, python)
        offered = facts.init_functions
        if any(entry in offered for entry in expected):
            continue
        module = subject.modules.name_of(path)
        importers = subject.importers.of(module) if module else ()
        if any(one.as_library for one in importers):
            continue  # the package opens it as a library, by the name that a module would have
        verdict = judge_refused(subject, {path: Refusal.UNLOADABLE})[path]
        if not verdict.breaks and not (offered and importers):
            continue  # a library with an ordinary name, or one that several modules share
        other = f" (it has {', '.join(offered[:3])})" if offered else ""
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(path).path} doesn't define {expected[-1]}{other}: {verdict.reason}",
            paths=[path],
            severity=Severity.ERROR if verdict.breaks else Severity.WARNING,
            detail={"expected": expected, "offered": offered[:20]},
        )


def _is_imported(subject: Subject, path: str) -> bool:
    """Whether an import statement names the module; other ways to load a file (cffi, ctypes) ask for no entry."""
    module = subject.modules.name_of(path)
    return module is not None and any(
        one.line in {statement.line for statement in subject.syntax(one.path).imports}
        for one in subject.importers.of(module)
    )


CHECK = Check(
    id="extension-no-init",
    summary="An extension module lacks the function that Python calls first",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Give the file the name that it was built with.",
)
