"""A binary was linked against a newer library than the one that it will find.

## What it checks

The symbol versions that each binary needs (`GLIBC_2.28`, `GLIBCXX_3.4.30`, `CXXABI_1.3.15`, ...) against what their provider defines: the
runtime's library, or the one in the layer that the loader takes. Where AWS has both older and newer systems in use, a version that
only the newer have is a warning.

## Why it fails on Lambda

``/lib64/libc.so.6: version `GLIBC_2.28' not found (required by ...)``. The wheel's tag doesn't tell: `manylinux_2_28` installs cleanly
and then fails on the runtimes of Amazon Linux 2, which have glibc 2.26.

## Example

`cryptography` built on a current Debian, in a layer for python3.11.

## Fix

Build the layer for this target: a resolver that is told the right manylinux version takes another wheel, or another version.

## References

- https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/346
- https://github.com/pyca/cryptography/issues/6390
- https://github.com/amazonlinux/container-images/issues/132
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.binaries.loading import Certainty, Problem
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.loadings import Case, counted, grouped, paths

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_FAMILIES: Final = {"GLIBC": "glibc", "GLIBCXX": "libstdc++", "CXXABI": "libstdc++"}


def _run(subject: Subject) -> Iterator[Finding]:
    owner = subject.contents.owner

    def cause(case: Case) -> tuple[object, str, Certainty]:
        return owner(case.loading.path), _provider(case), case.problem.certainty

    for group in grouped(subject.loadings.cases(Problem.MISSING_VERSION), cause):
        first, files = group[0], paths(group)
        versions = sorted({case.problem.version or "" for case in group}, key=_order)
        lacks = "lacks" if first.problem.certainty is Certainty.CERTAIN else "may lack"
        distribution = owner(files[0])
        yield CHECK.finding(
            subject,
            f"{_provider(first)} on {subject.target} {lacks} {', '.join(versions)}, "
            f"which {counted(subject, files)} {'needs' if len(files) == 1 else 'need'}: {first.reason}",
            paths=files,
            severity=first.severity,
            fix=subject.rebuild(distribution) if distribution else None,
            detail={
                "libraries": tuple(sorted({case.problem.soname or "" for case in group})),
                "versions": tuple(versions),
                "symbols": tuple(sorted({name for case in group for name in case.problem.symbols})[:20]),
                "unsure": first.unsure,
                "loader": first.problem.message,
            },
        )


def _provider(case: Case) -> str:
    """What falls short: glibc's many libraries are one thing, and so are the two series of libstdc++."""
    provider = case.problem.provider or case.problem.soname or ""
    if provider.startswith(("/opt/", "/var/task/")):
        return provider
    return _FAMILIES.get((case.problem.version or "").partition("_")[0], provider)


def _order(version: str) -> tuple[str, tuple[int, ...]]:
    prefix, _, digits = version.partition("_")
    return prefix, tuple(int(part) for part in digits.split(".") if part.isdigit())


CHECK = Check(
    id="elf-symbol-version",
    summary="A binary was linked against a newer library than the one that it will find",
    severity=Severity.ERROR,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Build the layer again for this target, whose C library decides which wheels fit.",
)
