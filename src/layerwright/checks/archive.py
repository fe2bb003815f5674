"""What the archive checks have in common: the problems that the reader of archives saw, by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.layer.read import ArchiveProblem, Layer


def problems_of(part: Layer, kinds: frozenset[str]) -> list[ArchiveProblem]:
    """Return the problems of a layer's archive that are of these kinds, in the archive's order."""
    return [problem for problem in part.problems if problem.kind in kinds]


def more(found: Sequence[ArchiveProblem]) -> str:
    """Say how many problems there are beside the first."""
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


def listed(found: Sequence[ArchiveProblem]) -> Mapping[str, object]:
    """Return the detail of a finding that covers these problems."""
    if len(found) < 2:
        return {"kind": found[0].kind}
    return {"kind": found[0].kind, "paths": tuple(problem.path for problem in found)}
