"""Some symbols can't be checked, since no one has told what a library of the runtime holds.

## What it checks

Undefined symbols that nothing known defines, of files that load a library of the runtime whose exports are not known.

## Why it fails on Lambda

It most likely doesn't. But where the runtime's library is older than the one that the file was linked against, the import ends with
`undefined symbol`, and nothing short of a run on Lambda tells beforehand.

## Example

A module that uses the system's `libkrb5.so.3`, of which only the name has been seen on Lambda.

## Fix

Nothing has to be done. An inventory of the system as it is (`layerwright inventory ROOT`) lets every symbol be checked.

## References

- https://github.com/aws/aws-lambda-base-images
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Elf
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    libraries = subject.runtime.libraries
    groups: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
    for path, loading in subject.loadings.results.items():
        if loading.untold and not loading.problems:
            files = (path, *loading.loads)
            needed = {
                name
                for file in files
                if isinstance(facts := subject.contents.binaries.get(file), Elf)
                for name in facts.needed
            }
            unknown = sorted(name for name in needed if name in libraries and libraries[name].exports is None)
            groups.setdefault(tuple(unknown), {})[path] = loading.untold
    for unknown_names, found in sorted(groups.items()):
        symbols = sorted({symbol for told in found.values() for symbol in told})
        first = subject.stack.place(next(iter(found))).path
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield CHECK.finding(
            subject,
            f"{len(symbols)} {'symbol' if len(symbols) == 1 else 'symbols'} of {first}{more} can't be checked: no one has told "
            f"what {', '.join(unknown_names) or 'the interpreter'} exports on {subject.target}",
            paths=found,
            detail={"symbols": tuple(symbols[:20]), "libraries": unknown_names},
        )


CHECK = Check(
    id="elf-untold-symbol",
    summary="Some symbols can't be checked, since no one has told what a library of the runtime holds",
    severity=Severity.INFO,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Nothing has to be done; an inventory of the system lets every symbol be checked.",
)
