"""A file with the name of a library is none.

## What it checks

Files named like Linux libraries or extension modules that are neither ELF nor another system's: empty files, Git LFS pointers, linker scripts,
static archives, text, zip files, and ELF files whose headers are damaged.

## Why it fails on Lambda

`file too short`, `invalid ELF header` or `cannot read file data`, when something loads the file.

## Example

`libfoo.so` holds `version https://git-lfs.github.com/spec/v1`: it was checked out without `git lfs pull`.

## Fix

Put the library itself there. A linker script (`libfoo.so` for compilers, beside `libfoo.so.1`) can be left out.

## References

- https://git-lfs.com/
- https://github.com/aws/aws-lambda-base-images
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.facts import Broken, Facts, Foreign
from layerwright.binaries.loading import Loading, Role
from layerwright.binaries.read import named_like_binary
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.rules.binary_not_linux import KINDS

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

# Not meant for the loader, and common beside what is.
_HARMLESS: Final = frozenset({"archive", "linker-script", "bitcode", "webassembly"})


def _run(subject: Subject) -> Iterator[Finding]:
    for path, facts in sorted(subject.contents.binaries.items()):
        title = _title(facts)
        if title is None or not named_like_binary(path):
            continue
        loading = subject.loadings.results[path]
        verdict = subject.loadings.verdict(loading)
        loaders = [
            other.path
            for other in subject.loadings.results.values()
            if other.path != path and _stumbles(other, path)
        ]
        breaks = verdict.breaks or any(
            subject.loadings.verdict(subject.loadings.results[one]).breaks for one in loaders
        )
        harmless = isinstance(facts, Foreign) and facts.kind in _HARMLESS
        if harmless and not loaders and loading.role is not Role.EXTENSION:
            continue
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(path).path} is {title}: {verdict.reason}",
            paths=[path, *loaders],
            severity=Severity.ERROR if breaks else Severity.WARNING,
            detail={"loader": facts.message if isinstance(facts, Broken) else "invalid ELF header"},
        )


def _title(facts: Facts) -> str | None:
    if isinstance(facts, Foreign):
        return None if facts.kind in KINDS else facts.title
    if isinstance(facts, Broken):
        return f"no library ({facts.detail})" if facts.detail else "no library"
    return None


def _stumbles(loading: Loading, path: str) -> bool:
    return any(problem.file == path for problem in loading.problems)


CHECK = Check(
    id="binary-not-elf",
    summary="A file with the name of a library is none",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Put the library itself there.",
)
