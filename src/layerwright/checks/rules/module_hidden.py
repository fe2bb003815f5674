"""A package can't be imported, because another of the same name comes first.

## What it checks

Top-level packages that stand in several folders of the search path (the function's, `python/`, `python/lib/python3.X/site-packages`).
Where the first has an `__init__.py`, Python never looks at the others; modules of distributions that are only there can't be
imported. One that extends its path (`pkgutil.extend_path`) hides nothing.

## Why it fails on Lambda

`No module named 'google.cloud'`, though the layer has it: a stray `google/__init__.py` in the function, or in another folder, made a
normal package of what has to be a namespace.

## Example

`/var/task/google/__init__.py` beside `/opt/python/google/cloud/storage/`.

## Fix

Delete the stray `__init__.py`, or put all parts of the namespace in one folder.

## References

- https://github.com/Miserlou/Zappa/issues/45
- https://github.com/googleapis/google-cloud-python/issues/3274
- https://packaging.python.org/en/latest/guides/packaging-namespace-packages/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importers import is_test
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.modules import Module
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for module in _shared(subject):
        hidden: dict[str, str] = {}
        for path in _elsewhere(subject, module):
            name = subject.modules.name_of(path)
            if name and not is_test(name) and subject.modules.can_import(name) is False:
                hidden[name] = path
        if hidden:
            names = sorted(hidden)
            yield CHECK.finding(
                subject,
                f"{subject.stack.place(module.path).path} hides {names[0]}"
                + (f" and {len(names) - 1} other modules" if len(names) > 1 else ""),
                paths=[module.path, *(hidden[name] for name in names)],
                detail={"modules": tuple(names)},
            )


def _shared(subject: Subject) -> Iterator[Module]:
    """The regular packages whose name stands in several folders of the search path."""
    folders = subject.stack.folders
    counted: dict[str, int] = {}
    for root in subject.modules.roots:
        for name in folders.get(root, ()):
            if f"{root}/{name}" in folders and name.isidentifier():
                counted[name] = counted.get(name, 0) + 1
    for name, count in sorted(counted.items()):
        found = subject.modules.find(name) if count > 1 else None
        while found is not None and found.form is Form.NAMESPACE and len(found.search) > 1:
            # the parts of a namespace are followed one level down, where a stray __init__.py hides as well
            inner = [
                f"{found.name}.{child}"
                for part in found.search
                for child in folders[part]
                if f"{part}/{child}" in folders
            ]
            twice = [child for child in inner if inner.count(child) > 1]
            found = subject.modules.find(twice[0]) if twice else None
        if found is not None and found.form is Form.PACKAGE:
            yield found


def _elsewhere(subject: Subject, module: Module) -> Iterator[str]:
    """Files of distributions that lie in another folder of the same name, and belong to no distribution of the first."""
    own = subject.contents.owner(module.path)
    inside = module.name.replace(".", "/")
    for root in subject.modules.roots:
        start = f"{root}/{inside}/"
        if module.path.startswith(start):
            continue
        for path in subject.stack:
            if path.startswith(start) and path.endswith((".py", ".so")):
                owner = subject.contents.owners.get(path)
                if owner is not None and (own is None or owner.name != own.name):
                    yield path


CHECK = Check(
    id="module-hidden",
    summary="A package can't be imported, because another of the same name comes first",
    severity=Severity.ERROR,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Delete the stray __init__.py, or put all parts of the namespace in one folder.",
)
