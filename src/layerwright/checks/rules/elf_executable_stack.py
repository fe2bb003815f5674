"""A library asks for an executable stack.

## What it checks

The flags of PT_GNU_STACK in every library that Python or another library would load.

## Why it fails on Lambda

The loader has to make the stack of the process executable before it can load the file. glibc 2.26 and 2.34 do so where the kernel lets them; glibc
2.41 refuses (`cannot enable executable stack as shared object requires`), and hardened kernels do. Whether Lambda's does has not been
seen, hence this is only told.

## Example

A library with hand-written assembly that lacks a `.note.GNU-stack` section.

## Fix

`patchelf --clear-execstack` the file, or take a version of the package that was linked with `-z noexecstack`.

## References

- https://github.com/pypa/auditwheel/issues/634
- https://sourceware.org/glibc/wiki/Release/2.41
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf
from layerwright.binaries.loading import Role
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_LOADED: Final = frozenset({Role.EXTENSION, Role.BUNDLED, Role.ALONE})


def _run(subject: Subject) -> Iterator[Finding]:
    by_owner: dict[str, list[str]] = {}
    for path, loading in subject.loadings.results.items():
        facts = subject.contents.binaries[path]
        if (
            isinstance(facts, Elf)
            and facts.executable_stack
            and loading.role in _LOADED
            and not loading.problems
        ):
            owner = subject.contents.owner(path)
            by_owner.setdefault(owner.requirement if owner else "", []).append(path)
    for name, files in sorted(by_owner.items()):
        what = f"{len(files)} libraries" if len(files) > 1 else subject.stack.place(files[0]).path
        yield CHECK.finding(
            subject,
            f"{what}{' of ' + name if name else ''} {'ask' if len(files) > 1 else 'asks'} for an executable stack, "
            "which a hardened kernel or a newer glibc refuses",
            paths=files,
        )


CHECK = Check(
    id="elf-executable-stack",
    summary="A library asks for an executable stack",
    severity=Severity.INFO,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="patchelf --clear-execstack the file.",
)
