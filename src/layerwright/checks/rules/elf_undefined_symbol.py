"""A binary needs a symbol that nothing it loads defines.

## What it checks

Every strong undefined symbol that a relocation refers to, of each file that is loaded and of all that it brings with it, against the
interpreter's exports for this minor version, the runtime's libraries and those of the layer, version by version. Python binds all
symbols at once (RTLD_NOW), so none can wait until it is called. A symbol that another file of the layer defines is a warning: the
package may load that file beforehand. Symbols of libraries whose contents no one has told are not judged.

## Why it fails on Lambda

`ImportError: ...: undefined symbol: ...` as soon as the module is imported.

## Example

A module built for Python 2 looks for `_Py_ZeroStruct`; one that claims the stable ABI of 3.8 uses a function of 3.11.

## Fix

Take a wheel that was built for this Python, or a version of the package that fits the libraries beside it.

## References

- https://github.com/jkehler/awslambda-psycopg2/issues/37
- https://docs.python.org/3/c-api/stable.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.loading import Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_MOST_NAMED = 3


def _run(subject: Subject) -> Iterator[Finding]:
    owner = subject.contents.owner

    def cause(case: Case) -> tuple[object, object]:
        return owner(case.loading.path), bool(case.problem.candidates)

    for group in grouped(subject.loadings.cases(Problem.UNDEFINED_SYMBOL), cause):
        first, files = group[0], paths(group)
        distribution = owner(files[0])
        symbols = tuple(dict.fromkeys(name for case in group for name in case.problem.symbols))
        candidates = tuple(dict.fromkeys(path for case in group for path in case.problem.candidates))
        yield CHECK.finding(
            subject,
            f"nothing that {counted(subject, files)} loads defines {_named(symbols)}: "
            + (_elsewhere(subject, candidates) if candidates else first.reason),
            paths=files,
            severity=first.severity,
            fix=subject.rebuild(distribution) if distribution else None,
            detail={
                "symbols": symbols[:50],
                "defined_by": tuple(subject.stack.place(path).path for path in candidates[:10]),
                "loader": first.problem.message,
            },
        )


def _named(symbols: tuple[str, ...]) -> str:
    more = len(symbols) - _MOST_NAMED
    return ", ".join(symbols[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _elsewhere(subject: Subject, candidates: tuple[str, ...]) -> str:
    return f"{subject.stack.place(candidates[0]).path} does, and would have to be loaded for all beforehand"


CHECK = Check(
    id="elf-undefined-symbol",
    summary="A binary needs a symbol that nothing it loads defines",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Take a wheel that was built for this Python, or a version that fits the libraries beside it.",
)
