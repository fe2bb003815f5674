"""A binary is for another operating system.

## What it checks

The first bytes of every file that has the name of a library or extension module, and of `.dylib`, `.dll` and `.pyd` files: Mach-O (macOS)
and PE (Windows) files are named, with the CPU that they are for.

## Why it fails on Lambda

`invalid ELF header` where the file has a name that Python tries; `No module named ...` where its suffix tells that it is for another
system. Beside a Linux build of the same, it is only dead weight.

## Example

A layer built with `pip install -t` on a Mac: `_cffi_backend.cpython-311-darwin.so`.

## Fix

Build the layer for this target.

## References

- https://github.com/pyca/cryptography/issues/6372
- https://github.com/astral-sh/uv/issues/16019
- https://github.com/zappa/Zappa/issues/573
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf, Foreign
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

KINDS: Final = frozenset({"mach-o", "pe"})


def _run(subject: Subject) -> Iterator[Finding]:
    causes: dict[tuple[str, bool], dict[str, str]] = {}
    for path, facts in subject.contents.binaries.items():
        # A launcher for Windows (setuptools/cli.exe) is data to Python on Linux.
        if isinstance(facts, Foreign) and facts.kind in KINDS and not path.endswith(".exe"):
            verdict = subject.loadings.verdict(subject.loadings.results[path])
            owner = subject.contents.owner(path)
            key = (owner.requirement if owner else "", verdict.breaks)
            causes.setdefault(key, {})[path] = f"is {facts.title}: {verdict.reason}"
    for (requirement, breaks), files in sorted(causes.items()):
        first = next(iter(files))
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(first).path}{more}{' of ' + requirement if requirement else ''} {files[first]}",
            paths=files,
            severity=Severity.ERROR if breaks else _weight(subject, first),
            fix=subject.rebuild(subject.contents.owner(first)) if requirement else None,
        )


def _weight(subject: Subject, path: str) -> Severity:
    """Dead weight beside libraries for Linux, as some wheels bring it, is only told."""
    owner, folder = subject.contents.owner(path), path.rpartition("/")[0]
    for other, facts in subject.contents.binaries.items():
        if isinstance(facts, Elf) and (
            other.startswith(f"{folder}/") or (owner is not None and subject.contents.owner(other) is owner)
        ):
            return Severity.INFO
    return Severity.WARNING


CHECK = Check(
    id="binary-not-linux",
    summary="A binary is for another operating system",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target.",
)
