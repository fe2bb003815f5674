"""A library that a binary needs is not there.

## What it checks

Every DT_NEEDED entry of every file that Python, or the code through ctypes, would load, and of all that those bring with them: looked for
as the loader does, along DT_RPATH, LD_LIBRARY_PATH, DT_RUNPATH and the system's folders, with what the process already holds. A
library that Lambda surely lacks is an error where the layer breaks without it, one that no one has seen there or that is only
reported is a warning, and one that the standard library itself seems to need is told.

## Why it fails on Lambda

`ImportError: libGL.so.1: cannot open shared object file: No such file or directory`. The managed runtimes have far fewer libraries than
the container images, and fewer than a wheel's manylinux tag lets it expect.

## Example

`opencv-python` needs `libGL.so.1` and `libgthread-2.0.so.0`, which no Lambda runtime has.

## Fix

Take a package or version whose wheel brings the library along, or put the library into the layer's `lib` folder, which is searched.

## References

- https://github.com/lambci/docker-lambda/issues/318
- https://github.com/keithrozario/Klayers/issues/115
- https://github.com/aws/aws-sdk-pandas/issues/2443
- https://man7.org/linux/man-pages/man8/ld.so.8.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Elf
from layerwright.binaries.loading import Certainty, Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, listed, paths
from layerwright.checks.rules.musl_binary import is_musl
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

# Projects whose other build does without the library.
_INSTEAD: Final[Mapping[str, str]] = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "psycopg2": "psycopg2-binary",
}
_KNOWN: Final[Mapping[Tier | None, str]] = {
    Tier.REPORTED_ABSENT: "is reported to be absent from {target}",
    Tier.UNKNOWN: "may be absent from {target}: no one has told whether it is there",
    Tier.LIKELY: "is likely to be on {target}, but no one has seen it there",
}


def _run(subject: Subject) -> Iterator[Finding]:
    owner = subject.contents.owner
    cases = (
        case
        for case in subject.loadings.cases(Problem.MISSING_LIBRARY)
        if not is_musl(case.problem.soname or "")
    )
    by_library = grouped(cases, lambda case: (owner(case.loading.path), case.problem.soname))
    # Several libraries that the same files lack, known equally well, have one cause and one fix.
    causes: dict[tuple[object, ...], list[list[Case]]] = {}
    for group in by_library:
        first = group[0]
        key = (paths(group), first.severity, _told(subject, first), _is_unused(subject, first))
        causes.setdefault(key, []).append(group)
    for groups in causes.values():
        yield _finding(subject, groups)


def _finding(subject: Subject, groups: list[list[Case]]) -> Finding:
    first, files = groups[0][0], paths(groups[0])
    sonames = [group[0].problem.soname or "" for group in groups]
    told = _told(subject, first)
    if len(sonames) > 1:
        told = told.replace("it is", "they are").replace("seen it", "seen them")
        told = f"are {told[3:]}" if told.startswith("is ") else told
    return CHECK.finding(
        subject,
        f"{listed(sonames)} {told}; {counted(subject, files)} {'needs' if len(files) == 1 else 'need'} "
        f"{'it' if len(sonames) == 1 else 'them'}{_by(subject, first)}: {first.reason}",
        paths=files,
        severity=first.severity,
        fix=_fix(subject, subject.contents.owner(files[0]), first, listed(sonames)),
        detail={
            "library": sonames[0],
            "libraries": tuple(sonames),
            "tier": first.problem.tier.value if first.problem.tier else None,
            "chain": tuple(subject.stack.place(path).path for path in first.problem.chain),
            "unused": _is_unused(subject, first),
            "unsure": first.unsure,
            "loader": first.problem.message,
        },
    )


def _told(subject: Subject, case: Case) -> str:
    if case.problem.certainty is Certainty.CERTAIN:
        return f"is not on {subject.target}"
    if subject.loadings.is_unlisted(case.problem):
        return f"is in no listing of {subject.target}, nor of its container image"
    return _KNOWN.get(case.problem.tier, _KNOWN[Tier.UNKNOWN]).format(target=subject.target)


def _by(subject: Subject, case: Case) -> str:
    through = case.problem.chain[1:]
    return f" (through {subject.stack.place(through[-1]).path})" if through else ""


def _fix(subject: Subject, owner: Distribution | None, case: Case, listed: str) -> str:
    if owner is not None and owner.name in _INSTEAD:
        return (
            f"Take {_INSTEAD[owner.name]}: layerwright build {_INSTEAD[owner.name]} --target {subject.target}"
        )
    if _is_unused(subject, case):
        return f"Nothing of it is used: patchelf --remove-needed {case.problem.soname} on the file that needs it."
    return f"Put {listed} into the layer's lib/ folder, or take a version of the package that brings what it needs."


def _is_unused(subject: Subject, case: Case) -> bool:
    """Whether the file was linked to the library without using any of its symbols."""
    facts = subject.contents.binaries.get(case.problem.file)
    if not isinstance(facts, Elf) or case.loading.untold or facts.weak:
        return False
    others = [problem for problem in case.loading.problems if problem.kind is Problem.UNDEFINED_SYMBOL]
    return not others and all(need.soname != case.problem.soname for need in facts.version_needs)


CHECK = Check(
    id="elf-missing-library",
    summary="A library that a binary needs is not there",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Put the library into the layer's lib/ folder, or take a version of the package that brings it.",
)
