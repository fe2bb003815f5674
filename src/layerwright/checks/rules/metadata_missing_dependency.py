"""A package needs another that isn't in the stack.

## What it checks

The Requires-Dist lines of every distribution, with markers judged for the target (not for the machine that built the layer) and
with the extras that were asked for. Each project they name has to be in one of the layers, in the function, or in what the
runtime brings. Where the code imports the missing project only inside a function or in a try block that goes on, it's a warning.

## Why it fails on Lambda

The import of the missing module raises ModuleNotFoundError while the function starts:
`Unable to import module 'app': No module named 'aws_xray_sdk'`. It happens when a package was installed with `--no-deps`, when
markers were evaluated on the build machine, or when one layer of several was left out.

## Example

`requests` is in the layer, `certifi` was deleted from it.

## Fix

Build the layer again with all that it needs, or name the layer that has the dependency too: `layerwright check a.zip b.zip`.

## References

- https://packaging.python.org/en/latest/specifications/core-metadata/#requires-dist-multiple-use
- https://github.com/aws-powertools/powertools-lambda-python/issues/1519
- https://github.com/pypa/pip/issues/4304
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.import_names import import_names
from layerwright.checks.importers import Importer
from layerwright.checks.requirements import Needed
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    missing: dict[str, list[Needed]] = {}
    bundled = {package.name for package in subject.runtime.bundled}
    for one in subject.required:
        if (
            one.project not in subject.by_name
            and one.project not in bundled
            and not _is_there(subject, one.project)
        ):
            missing.setdefault(one.project, []).append(one)
    for project, needers in sorted(missing.items()):
        yield _finding(subject, project, needers)


def _finding(subject: Subject, project: str, needers: list[Needed]) -> Finding:
    first = needers[0]
    names = sorted({one.by.requirement for one in needers})
    importers = _importers(subject, project, needers)
    at_once = next((one for one in importers if one.how is How.TOP), None)
    where = f"; {subject.stack.place(at_once.path).path}:{at_once.line} imports it" if at_once else ""
    message = f"{', '.join(names)} needs {first.requirement}, and {project} is not in the stack{where}"
    return CHECK.finding(
        subject,
        message,
        paths=[f"{one.by.folder}/METADATA" for one in needers],
        severity=Severity.WARNING if importers and not at_once else Severity.ERROR,
        fix=subject.rebuild(*(one.by for one in needers)),
        detail={"project": project, "required_by": tuple(names)},
    )


def _is_there(subject: Subject, project: str) -> bool:
    """Tell whether the project's module is there though its metadata isn't."""
    return any(subject.modules.can_import(name) for name in import_names(project))


def _importers(subject: Subject, project: str, needers: list[Needed]) -> list[Importer]:
    owners = {one.by.folder for one in needers}
    found = [one for name in import_names(project) for one in subject.importers.anywhere(name)]
    return [
        one
        for one in found
        if (owner := subject.contents.owner(one.path)) is not None and owner.folder in owners
    ]


CHECK = Check(
    id="metadata-missing-dependency",
    summary="A package needs another that isn't in the stack",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Build the layer again with all that it needs, or name the layer that has the dependency too.",
)
