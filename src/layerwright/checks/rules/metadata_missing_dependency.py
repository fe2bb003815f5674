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
from typing import TYPE_CHECKING, NamedTuple

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.import_names import import_names
from layerwright.checks.importers import Importer
from layerwright.checks.loadings import listed
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
    # What the same packages lack, equally gravely, comes of one omission and has one fix.
    causes: dict[tuple[object, ...], list[_Missing]] = {}
    for project, needers in sorted(missing.items()):
        lacking = _weighed(subject, project, needers)
        causes.setdefault((lacking.severity, lacking.names), []).append(lacking)
    for together in causes.values():
        yield _finding(subject, together)


class _Missing(NamedTuple):
    """A project that is missing: who needs it, as it is first stated, and who imports it at once, None where no one does."""

    project: str
    needers: list[Needed]
    importer: Importer | None
    severity: Severity

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({one.by.requirement for one in self.needers}))


def _weighed(subject: Subject, project: str, needers: list[Needed]) -> _Missing:
    importers = _importers(subject, project, needers)
    at_once = next((one for one in importers if one.how is How.TOP), None)
    severity = Severity.WARNING if importers and not at_once else Severity.ERROR
    return _Missing(project, needers, at_once, severity)


def _finding(subject: Subject, together: list[_Missing]) -> Finding:
    first = together[0]
    needs = listed([str(one.needers[0].requirement) for one in together])
    absent = f"{first.project} is not in the stack" if len(together) == 1 else "none of them is in the stack"
    importing = next((one for one in together if one.importer), None)
    where = ""
    if importing and importing.importer:
        place = subject.stack.place(importing.importer.path).path
        what = "it" if len(together) == 1 else importing.project
        where = f"; {place}:{importing.importer.line} imports {what}"
    return CHECK.finding(
        subject,
        f"{', '.join(first.names)} {'needs' if len(first.names) == 1 else 'need'} {needs}, and {absent}{where}",
        paths=dict.fromkeys(f"{one.by.folder}/METADATA" for missing in together for one in missing.needers),
        severity=first.severity,
        fix=subject.rebuild(*(one.by for one in first.needers)),
        detail={
            "project": first.project,
            "projects": tuple(one.project for one in together),
            "required_by": first.names,
        },
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
