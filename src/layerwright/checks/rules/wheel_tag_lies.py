"""A wheel's tag names another machine than its binaries are for.

## What it checks

The tags in each WHEEL file against the machine of the ELF files that its RECORD lists.

## Why it fails on Lambda

Whoever resolved the layer trusted the tag. If the bytes are for another CPU than the target's, no extension module loads; if they fit
the target, the tag will mislead the next tool.

## Example

A wheel cross-built for aarch64 whose `.so` files came out of the x86_64 build.

## Fix

Take another version of the package, or tell its authors; the bytes can't be changed afterwards.

## References

- https://github.com/aspect-build/rules_py/pull/1504
- https://github.com/jwodder/check-wheel-contents/issues/30
- https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_MACHINES: Final = ("x86_64", "aarch64", "i686", "armv7l", "ppc64le", "s390x", "riscv64")
_OTHER_WORDS: Final = {
    "i386": "i686",
    "arm": "armv7l",
    "ppc64": "ppc64le",
    "s390": "s390x",
    "riscv": "riscv64",
}


def _run(subject: Subject) -> Iterator[Finding]:
    for one in subject.distributions:
        tagged = _tagged_machines(one)
        if not tagged:
            continue
        lying = {
            line.path: machine
            for line in subject.contents.records.get(one.folder, ())
            if (machine := _machine(subject, line.path)) is not None and machine not in tagged
        }
        if lying:
            yield CHECK.finding(
                subject,
                f"{one.requirement} is tagged {', '.join(sorted(tagged))}, and its binaries are for "
                f"{', '.join(sorted(set(lying.values())))}",
                paths=lying,
                detail={"tags": one.tags},
            )


def _tagged_machines(one: Distribution) -> set[str]:
    platforms = [tag.rpartition("-")[2] for tag in one.tags]
    return {
        machine
        for machine in _MACHINES
        for platform in platforms
        if "linux" in platform and platform.endswith(machine)
    }


def _machine(subject: Subject, path: str) -> str | None:
    facts = subject.contents.binaries.get(path)
    return _OTHER_WORDS.get(facts.machine, facts.machine) if isinstance(facts, Elf) else None


CHECK = Check(
    id="wheel-tag-lies",
    summary="A wheel's tag names another machine than its binaries are for",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA, Need.BINARIES}),
    run=_run,
    fix="Take another version of the package; the bytes can't be changed afterwards.",
)
