"""A module hides one of the standard library.

## What it checks

Top-level modules and packages of layers and function that have the name of a standard library module of the target's Python. Old
backports that are known to break newer Pythons are errors (enum34, typing, asyncio, ...). What the interpreter has loaded before it
looks at layers can't be hidden, and a folder without `__init__.py` hides nothing.

## Why it fails on Lambda

Function and layers come before the standard library on sys.path, which a normal installation has the other way round. The first
`import enum` anywhere then gets the wrong module: `module 'enum' has no attribute 'IntFlag'`, before the handler is reached.

## Example

`python/enum/__init__.py` from enum34, `python/typing.py`, or the function's own `logging.py`.

## Fix

Drop the backport, or give the module another name.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
- https://github.com/python/typing/issues/573
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_BREAKING: Final = frozenset(
    {"asyncio", "concurrent", "enum", "typing", "uuid", "ssl", "dataclasses", "contextvars"}
)
# The interpreter and site have imported these before sys.path gets /opt (python -v, CPython 3.8 to 3.14); test and
# the like are there for CPython's own tests.
_TOO_EARLY: Final = frozenset({
    "sys", "builtins", "os", "io", "abc", "codecs", "encodings", "site", "stat", "posix", "posixpath", "genericpath",
    "time", "marshal", "zipimport", "warnings", "errno", "itertools", "_collections_abc", "test", "tests", "this", "antigravity",
    "__main__", "idlelib", "turtledemo", "lib2to3",
})  # fmt: skip


def _run(subject: Subject) -> Iterator[Finding]:
    names = subject.runtime.stdlib_modules
    for module in subject.modules.top_level():
        if module.name not in names or module.name in _TOO_EARLY or module.form is Form.NAMESPACE:
            continue
        owner = subject.contents.owner(module.path)
        breaking = module.name in _BREAKING
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(module.path).path} {'of ' + owner.requirement + ' ' if owner else ''}"
            f"hides the standard library's {module.name}",
            paths=[module.path],
            severity=Severity.ERROR if breaking and owner is not None else Severity.WARNING,
            fix=f"Drop {owner.title}; {module.name} is part of Python." if owner else CHECK.fix,
            detail={"module": module.name},
        )


CHECK = Check(
    id="stdlib-shadowed",
    summary="A module hides one of the standard library",
    severity=Severity.WARNING,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Give the module another name.",
)
