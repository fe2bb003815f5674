"""A binary is built for another CPU.

## What it checks

The class and the machine in each ELF file's header against the target's architecture, whatever its name says. Programs in the layer's `bin`
and `extensions` folders are judged by `executable-broken`.

## Why it fails on Lambda

The loader passes over a file for another machine as if it weren't there, and then says that it isn't:
`cannot open shared object file: No such file or directory`, with the path of a file that is there. A 32-bit file gets
`wrong ELF class: ELFCLASS32`. Where the suffix names the other CPU too (`.cpython-311-aarch64-linux-gnu.so`), Python never tries the file:
`No module named 'psycopg2._psycopg'`.

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
from layerwright.binaries.loading import Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, paths
from layerwright.checks.never_tried import never_tried

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_KINDS: Final = (Problem.WRONG_MACHINE, Problem.WRONG_CLASS)


def _run(subject: Subject) -> Iterator[Finding]:
    untried = tuple(never_tried(subject))
    with_untried = {group.owner for group in untried if group.owner is not None}
    beside: dict[tuple[Distribution | None, str], tuple[str, ...]] = {}

    def cause(case: Case) -> tuple[Distribution | None, str]:
        return subject.contents.owner(case.loading.path), _machine(subject, case)

    for group in grouped(subject.loadings.cases(*_KINDS), cause):
        owner, machine = cause(group[0])
        if group[0].severity is not Severity.ERROR and owner in with_untried:
            # Libraries that came with modules which aren't tried: told with these, here or in extension-wrong-suffix.
            beside[owner, machine] = paths(group)
            continue
        yield CHECK.finding(
            subject,
            _message(subject, paths(group), machine, group[0].reason),
            paths=paths(group),
            severity=group[0].severity,
            fix=subject.rebuild(owner) if owner else None,
            detail={"machine": machine, "loader": group[0].problem.message},
        )
    for one in untried:
        if one.machine is None:
            continue
        files = (*one.paths, *beside.pop((one.owner, one.machine), ()))
        also = f" and {one.built_for}" if one.built_for != one.machine else ""
        yield CHECK.finding(
            subject,
            _message(subject, files, f"{one.machine}{also}", one.reason),
            paths=files,
            severity=one.severity,
            fix=subject.rebuild(one.owner) if one.owner else None,
            detail={"machine": one.machine},
        )


def _message(subject: Subject, files: tuple[str, ...], built_for: str, reason: str) -> str:
    are = "is" if len(files) == 1 else "are"
    return f"{counted(subject, files)} {are} for {built_for}, and {subject.target} is {subject.target.machine}: {reason}"


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
