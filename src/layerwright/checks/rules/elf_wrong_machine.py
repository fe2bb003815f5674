"""A binary is built for another CPU.

## What it checks

The class and the machine in each ELF file's header against the target's architecture. Programs in the layer's `bin` and `extensions`
folders are judged by `executable-broken`.

## Why it fails on Lambda

The loader passes over a file for another machine as if it weren't there, and then says that it isn't:
`cannot open shared object file: No such file or directory`, with the path of a file that is there. A 32-bit file gets
`wrong ELF class: ELFCLASS32`.

## Example

A layer that `pip install -t` filled on an arm64 laptop, for a function on x86_64: `_rust.abi3.so` is for aarch64.

## Fix

Build the layer for this target; a package that has no wheel for it has to be pinned to a version that has one, or built from source.

## References

- https://github.com/pydantic/pydantic/issues/6557
- https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf
from layerwright.binaries.loading import Problem, Role
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_KINDS: Final = (Problem.WRONG_MACHINE, Problem.WRONG_CLASS)


def _run(subject: Subject) -> Iterator[Finding]:
    contents = subject.contents

    def cause(case: Case) -> tuple[object, str]:
        return contents.owner(case.loading.path), _machine(subject, case)

    never_tried = {
        owner.folder
        for path, loading in subject.loadings.results.items()
        if loading.role is Role.NEVER_TRIED and (owner := contents.owner(path)) is not None
    }
    for group in grouped(subject.loadings.cases(*_KINDS), cause):
        files = paths(group)
        owner = contents.owner(files[0])
        if group[0].severity is not Severity.ERROR and owner is not None and owner.folder in never_tried:
            continue  # libraries of extension modules that aren't tried: extension-wrong-suffix tells of these
        yield CHECK.finding(
            subject,
            f"{counted(subject, files)} {'is' if len(files) == 1 else 'are'} for {_machine(subject, group[0])}, "
            f"and {subject.target} is {subject.target.machine}: {group[0].reason}",
            paths=files,
            severity=group[0].severity,
            fix=subject.rebuild(owner) if owner else None,
            detail={"machine": _machine(subject, group[0]), "loader": group[0].problem.message},
        )


def _machine(subject: Subject, case: Case) -> str:
    facts = subject.contents.binaries[case.problem.file]
    if not isinstance(facts, Elf):
        return "another machine"
    return facts.machine if facts.bits == 64 else f"{facts.machine} ({facts.bits}-bit)"


CHECK = Check(
    id="elf-wrong-machine",
    summary="A binary is built for another CPU",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target; pin a version that has a wheel for it.",
)
