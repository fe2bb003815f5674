"""The function imports a module that is nowhere.

## What it checks

Each import of the handler's module, and of the function's own modules that it reaches: found in the function, in a layer, in
what the runtime bundles, or in the standard library of the target's Python. What is inside a try block that goes on, under
TYPE_CHECKING, or for another system is left aside; what is inside a function is a warning.

## Why it fails on Lambda

`Unable to import module 'app': No module named 'requests'`, before the first event is handled.

## Example

`import requests` in `app.py`, with no layer that has it.

## Fix

Add the package to a layer; name all layers of the function on the command line.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
- https://github.com/aws-powertools/powertools-lambda-python/issues/290
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.function import base_of, own_modules, package_of
from layerwright.checks.import_names import project_name
from layerwright.checks.modules import Form
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How
from layerwright.targets.interpreter import pythons_with

if TYPE_CHECKING:
    from layerwright.checks.statements import Import
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    missing: dict[str, list[tuple[How, str, int]]] = {}
    for path in own_modules(subject):
        package = package_of(subject, path)
        for one in subject.syntax(path).imports:
            if one.how <= How.LAZY:
                for name in _missing(subject, one, package):
                    missing.setdefault(name, []).append((one.how, path, one.line))
    for name, places in sorted(missing.items()):
        yield _finding(subject, name, sorted(places))


def _finding(subject: Subject, name: str, places: list[tuple[How, str, int]]) -> Finding:
    how, path, line = places[0]
    place = subject.stack.place(path).path
    later = (
        "" if how is How.TOP else ", when a function is called" if how is How.LAZY else ", under a condition"
    )
    said = (
        f"No module named {name!r}"
        if not name.startswith(".")
        else "attempted relative import with no known parent package"
    )
    if " from " in name:
        said = f"cannot import name {name}"
    return CHECK.finding(
        subject,
        f"{said} ({place}:{line} imports it{later})",
        paths=dict.fromkeys(where for _, where, _ in places),
        severity=Severity.ERROR if how is How.TOP else Severity.WARNING,
        fix=_fix(subject, name),
        detail={"module": name},
    )


def _fix(subject: Subject, name: str) -> str:
    top = name.partition(".")[0]
    if not top or " from " in name:
        return "Correct the import."
    found = subject.modules.find(top)
    if found is not None and found.path.startswith(f"{FUNCTION_ROOT}/"):
        return f"Correct the import, or add the module: {top} is the function's own."
    pythons = pythons_with(name)
    if pythons and pythons[0] > subject.target.python:
        first = ".".join(map(str, pythons[0]))
        return f"Take a runtime of Python {first} or later, whose standard library has {name}, or a backport of it."
    if pythons:
        last = ".".join(map(str, pythons[-1]))
        return f"Python {last} was the last whose standard library had {name}: take what replaces it."
    return f"layerwright build {project_name(name)} --target {subject.target}"


def _missing(subject: Subject, one: Import, package: str) -> Iterator[str]:
    """What an import statement names and the runtime won't find: a module, or ``name from module``."""
    if one.level and not package:
        yield "." * one.level + one.module
        return
    base = base_of(one, package)
    steps = base.split(".")
    for count in range(1, len(steps) + 1):
        if subject.modules.can_import(".".join(steps[:count])) is False:
            yield ".".join(steps[:count])
            return
    found = subject.modules.find(base)
    for name in one.names if found is not None else ():
        if name == "*" or subject.modules.can_import(f"{base}.{name}") is not False:
            continue
        if found is not None and found.form is Form.NAMESPACE:
            yield f"{base}.{name}"
        elif (
            found is not None
            and found.path.startswith(FUNCTION_ROOT)
            and _binds_not(subject, found.path, name)
        ):
            yield f"{name!r} from {base!r}"


def _binds_not(subject: Subject, path: str, name: str) -> bool:
    """Tell whether the function's own module certainly has no such name."""
    if not path.endswith(".py") or subject.contents.owner(path) is not None:
        return False
    syntax = subject.syntax(path)
    source = subject.contents.source(path)
    dynamic = syntax.names & {"*", "__getattr__"} or b"globals()" in source or b"setattr(" in source
    return syntax.parsed and not dynamic and name not in syntax.names and not name.startswith("__")


CHECK = Check(
    id="import-missing",
    summary="The function imports a module that is nowhere",
    severity=Severity.ERROR,
    needs=frozenset({Need.FUNCTION}),
    run=_run,
    fix="Add the package to a layer; name all layers of the function on the command line.",
)
