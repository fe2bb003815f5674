"""A package doesn't support the runtime's Python version.

## What it checks

Requires-Python of every distribution against the target's Python minor version. A package that wants a newer Python is an error; one
that sets an upper bound below it is a warning, since such bounds are often set before anyone tried.

## Why it fails on Lambda

Code for a newer Python uses syntax and standard library modules that the runtime hasn't got: `Syntax error in module 'app'`, or
`No module named 'tomllib'`.

## Example

`numpy 2.3.0` (Requires-Python `>=3.11`) in a layer for python3.10.

## Fix

Resolve again for this target; the resolver then picks a version that supports it.

## References

- https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

    from layerwright.checks.subject import Subject

_NEWEST_MINOR = 40  # beyond any Python that a bound could mean


def _run(subject: Subject) -> Iterator[Finding]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    for one in subject.distributions:
        try:
            wanted = SpecifierSet(one.requires_python or "")
        except InvalidSpecifier:
            continue
        if _takes(wanted, subject.target.python[1]):
            continue
        newer = any(_takes(wanted, minor) for minor in range(subject.target.python[1] + 1, _NEWEST_MINOR))
        yield CHECK.finding(
            subject,
            f"{one.requirement} wants Python {one.requires_python}; {subject.runtime.target.runtime} "
            f"has {subject.target.python_version}",
            paths=[f"{one.folder}/METADATA"],
            severity=Severity.ERROR if newer else Severity.WARNING,
            fix=f'layerwright build "{one.title}" --target {subject.target}',
            detail={"requires_python": one.requires_python},
        )


def _takes(wanted: SpecifierSet, minor: int) -> bool:
    # which patch a runtime has is not known, and AWS renews it: either end of the series will do
    return any(wanted.contains(f"3.{minor}.{patch}", prereleases=True) for patch in (0, 99))


CHECK = Check(
    id="metadata-requires-python",
    summary="A package doesn't support the runtime's Python version",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Resolve again for this target; the resolver then picks a version that supports it.",
)
