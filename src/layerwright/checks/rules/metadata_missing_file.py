"""A file that belongs to a package was deleted.

## What it checks

Whether each file of a distribution's RECORD is in the stack. Where a module is missing that other code imports at once and without
a fallback, it's an error that names the importer. Missing data files are a warning; tests, documentation, type stubs and sources
of compiled code are only counted.

## Why it fails on Lambda

Layers are made smaller by deleting what looks useless. Some packages import their own tests:
`No module named 'numpy._core.tests._natype'`; others read a data file when they are first used.

## Example

`find python -type d -name tests -exec rm -r {} +` over a layer with numpy 2.

## Fix

Build the layer again, and delete nothing from it that the package imports.

## References

- https://github.com/numpy/numpy/pull/28936
- https://github.com/imperva/aws-lambda-layer/issues/3
- https://github.com/aws/aws-sdk-pandas/issues/1307
- https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importers import Importer, is_test
from layerwright.checks.installed import can_be_left_out, code_of, missing_of
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution, Recorded
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for one in subject.distributions:
        missing = missing_of(subject, one)
        code = code_of(subject, one) if missing else ()
        if not missing or (code and all(line.path not in subject.stack for line in code)):
            continue  # metadata-without-files tells of the second
        wanted = _wanted(subject, missing)
        told = {path for path, _ in wanted.values()}
        for name, (path, importer) in sorted(wanted.items()):
            yield _imported(subject, one, name, path, importer)
        rest = [line.path for line in missing if line.path not in told]
        if rest:
            yield _others(subject, one, rest)


def _wanted(subject: Subject, missing: list[Recorded]) -> dict[str, tuple[str, Importer]]:
    """The missing modules that something imports at once, with their path and an importer."""
    gone: dict[str, str] = {}
    for line in missing:
        name = subject.modules.name_of(line.path) if line.path.endswith((".py", ".so")) else None
        if name and subject.modules.find(name) is None:
            gone[name] = line.path
    found: dict[str, tuple[str, Importer]] = {}
    for importer, name in subject.importers.of_any(frozenset(gone)):
        if importer.how in {How.TOP, How.LAZY} and not (importer.module and is_test(importer.module)):
            known = found.get(name)
            if known is None or importer.how < known[1].how:
                found[name] = (gone[name], importer)
    return found


def _imported(subject: Subject, one: Distribution, name: str, path: str, importer: Importer) -> Finding:
    place = subject.stack.place(importer.path).path
    when = "" if importer.how is How.TOP else " when a function is called"
    return CHECK.finding(
        subject,
        f"{place}:{importer.line} imports {name}{when}, which belongs to {one.requirement} and was deleted",
        paths=[path],
        severity=Severity.WARNING if when else Severity.ERROR,
        fix=subject.rebuild(one),
        detail={"module": name},
    )


def _others(subject: Subject, one: Distribution, rest: list[str]) -> Finding:
    read = [path for path in rest if not can_be_left_out(path) and not path.endswith((".py", ".so"))]
    first = read[0] if read else rest[0]
    ordered = [first, *(path for path in rest if path != first)]
    files = "1 file" if len(rest) == 1 else f"{len(rest)} files"
    kind = f", data such as {first.rpartition('/')[2]} among them," if read else ""
    return CHECK.finding(
        subject,
        f"{files} of {one.requirement}{kind} {'is' if len(rest) == 1 else 'are'} not there",
        paths=ordered,
        severity=Severity.WARNING if read else Severity.INFO,
        fix=subject.rebuild(one),
    )


CHECK = Check(
    id="metadata-missing-file",
    summary="A file that belongs to a package was deleted",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Build the layer again, and delete nothing from it that the package imports.",
)
