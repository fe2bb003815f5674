"""A library is in the layer, but not where the loader looks for it.

## What it checks

Libraries that a binary needs and that stand in the stack under the right name, in a folder that the search doesn't reach from there:
neither by DT_RPATH or DT_RUNPATH, nor by LD_LIBRARY_PATH.

## Why it fails on Lambda

`cannot open shared object file`, unless the package loads the library itself before it imports the module: some do (ctypes, or an
extension module that is imported first), and then all is well. Only a run can tell, hence a warning. A plug-in that no Python file opens, of a
package whose extension module brings the library along, is only told: native code opens it, and the library is loaded by then.

## Example

`libb.so` beside `liba.so`, which needs it and has no DT_RUNPATH; or a library that was put into `python/lib` instead of `lib`.

## Fix

Put the library into the layer's `lib` folder, or give the file that needs it a search path: `patchelf --set-rpath '$ORIGIN'`.
`layerwright prove` shows whether the package finds it.

## References

- https://man7.org/linux/man-pages/man8/ld.so.8.html
- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.loading import Problem, Role
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, listed, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_SHOWN: Final = 4


def _run(subject: Subject) -> Iterator[Finding]:
    def cause(case: Case) -> tuple[object, ...]:
        return case.problem.soname, case.problem.candidates, case.loading.role is Role.PROGRAM

    # Several libraries that the same files need, to the same effect, have one cause and one fix.
    together: dict[tuple[object, ...], list[list[Case]]] = {}
    for group in grouped(subject.loadings.cases(Problem.OFF_SEARCH_PATH), cause):
        together.setdefault((paths(group), _consequence(subject, group)), []).append(group)
    for groups in together.values():
        yield _finding(subject, groups)


def _finding(subject: Subject, groups: list[list[Case]]) -> Finding:
    first, files = groups[0][0].problem, paths(groups[0])
    severity, then = _consequence(subject, groups[0])
    sonames = [group[0].problem.soname or "" for group in groups]
    where = subject.stack.place(first.candidates[0]).path
    needs = f"{counted(subject, files)} {'needs' if len(files) == 1 else 'need'}"
    if len(groups) == 1:
        message = f"{sonames[0]} stands at {where}, where the loader doesn't look for it; {needs} it; {then}"
    else:
        shown = (
            sonames
            if len(sonames) <= _SHOWN
            else [*sonames[: _SHOWN - 1], f"{len(sonames) - _SHOWN + 1} more"]
        )
        folder = where.rpartition("/")[0]
        message = (
            f"{listed(shown)} stand in {folder}, where the loader doesn't look for them; {needs} them; {then}"
        )
    return CHECK.finding(
        subject,
        message,
        paths=files,
        severity=severity,
        detail={
            "library": sonames[0],
            "libraries": tuple(sonames),
            "found": tuple(
                subject.stack.place(path).path for group in groups for path in group[0].problem.candidates
            ),
            "loader": first.message,
        },
    )


def _consequence(subject: Subject, group: list[Case]) -> tuple[Severity, str]:
    """How grave a group is, and what comes of it as a clause."""
    one = len(paths(group)) == 1
    if group[0].loading.role is Role.PROGRAM:
        word = "a program, which starts" if one else "programs, which start"
        return Severity.INFO, f"{'it is' if one else 'they are'} {word} only with LD_LIBRARY_PATH set for it"
    bringer = _bringer(subject, group)
    if bringer:
        loaded = f"{subject.stack.place(bringer).path} loads it"
        return Severity.INFO, f"no Python file opens {'it' if one else 'them'}, and {loaded}"
    return Severity.WARNING, "loading fails unless the package loads what is needed beforehand"


def _bringer(subject: Subject, group: list[Case]) -> str | None:
    """The extension module that loads the library of a group, where the group is native plug-ins of its own package alone."""
    if any(case.loading.role is not Role.ALONE for case in group) or any(
        subject.importers.opening(path) for path in paths(group)
    ):
        return None
    owner = subject.contents.owner(group[0].loading.path)
    wanted = set(group[0].problem.candidates)
    for loading in subject.loadings.results.values():
        brings = loading.role is Role.EXTENSION and not loading.fails and not wanted.isdisjoint(loading.loads)
        if brings and owner is not None and subject.contents.owner(loading.path) == owner:
            return loading.path
    return None


CHECK = Check(
    id="elf-not-on-search-path",
    summary="A library is in the layer, but not where the loader looks for it",
    severity=Severity.WARNING,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Put the library into the layer's lib/ folder, or patchelf --set-rpath '$ORIGIN' the file that needs it.",
)
