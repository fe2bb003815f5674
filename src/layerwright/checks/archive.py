"""What the archive checks have in common: one finding a layer on what the reader of archives saw, by kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.checks.check import Check
    from layerwright.checks.finding import Finding
    from layerwright.checks.subject import Subject


def archive_findings(check: Check, subject: Subject, kinds: frozenset[str]) -> Iterator[Finding]:
    """Yield a finding for each layer whose archive has problems of these kinds: on the first, with how many more there are."""
    for part in subject.stack.parts:
        found = [problem for problem in part.problems if problem.kind in kinds]
        if not found:
            continue
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        paths = {"paths": tuple(problem.path for problem in found)} if len(found) > 1 else {}
        yield check.finding(
            subject,
            f"{found[0].path or 'the archive'}: {found[0].message}{more}",
            layer=part.name,
            path=found[0].path,
            detail={"kind": found[0].kind, **paths},
        )
