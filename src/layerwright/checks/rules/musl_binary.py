"""A binary was built for musl instead of glibc.

## What it checks

Whether binaries need musl's C library (`libc.musl-*.so.1`, or a bare `libc.so`) or musl's loader, and whether extension modules carry
musl's suffix (`-linux-musl.so`), which a Python on glibc never tries. Older musl wheels carry `-linux-gnu` all the same.

## Why it fails on Lambda

`libc.musl-x86_64.so.1: cannot open shared object file`, or `No module named ...` where the suffix says musl. Lambda's
runtimes have glibc.

## Example

A layer built in `python:3.11-alpine`.

## Fix

Build the layer for this target: that takes manylinux wheels.

## References

- https://github.com/pyca/cryptography/issues/5845
- https://github.com/aws/aws-lambda-base-images/issues/297
- https://peps.python.org/pep-0656/
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Elf, Facts
from layerwright.binaries.loading import Role
from layerwright.binaries.suffixes import parse_extension_name
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def is_musl(soname: str) -> bool:
    """Tell whether a library is musl's C library by its name."""
    return soname.startswith(("libc.musl-", "ld-musl-")) or soname == "libc.so"


def _run(subject: Subject) -> Iterator[Finding]:
    groups: dict[tuple[str, bool], list[str]] = {}
    reasons: dict[str, str] = {}
    for path, facts in subject.contents.binaries.items():
        loading = subject.loadings.results[path]
        if _is_for_musl(path, facts) and loading.role is not Role.BUNDLED:
            verdict = subject.loadings.verdict(loading)
            owner = subject.contents.owner(path)
            groups.setdefault((owner.requirement if owner else "", verdict.breaks), []).append(path)
            reasons[path] = verdict.reason
    for (requirement, breaks), files in sorted(groups.items()):
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(files[0]).path}{more}{' of ' + requirement if requirement else ''} "
            f"{'was' if len(files) == 1 else 'were'} built for musl, and {subject.target} has glibc: {reasons[files[0]]}",
            paths=files,
            severity=Severity.ERROR if breaks else Severity.WARNING,
            fix=subject.rebuild(subject.contents.owner(files[0])) if requirement else None,
        )


def _is_for_musl(path: str, facts: Facts) -> bool:
    if not isinstance(facts, Elf):
        return False
    name = parse_extension_name(posixpath.basename(path))
    if name is not None and name.libc is not None and name.libc.startswith("musl"):
        return True
    return any(map(is_musl, facts.needed)) or is_musl(posixpath.basename(facts.interpreter or ""))


CHECK = Check(
    id="musl-binary",
    summary="A binary was built for musl instead of glibc",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target.",
)
