"""What the catalogue says of a layer for many targets, and what the layer is compatible with for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from layerwright.checks.contents import Contents
from layerwright.checks.run import CheckResult, run_checks
from layerwright.checks.subject import Subject
from layerwright.layer.read import Layer
from layerwright.targets.load import load_runtime
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the checks said of a layer for one target."""

    target: Target
    result: CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """The runtimes and the architectures that a version is to be published with; every pair of them passed."""

    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]


def judge_layer(
    layer: Layer,
    targets: Sequence[Target],
    *,
    today: date,
    check: Callable[[Subject], CheckResult] = run_checks,
) -> tuple[Verdict, ...]:
    """Return the verdict for each target, in order; what is inside is read once for all of them."""
    contents = Contents((layer,))
    return tuple(
        Verdict(
            target=target,
            result=check(Subject(contents=contents, runtime=load_runtime(target), today=today)),
        )
        for target in targets
    )


def compatibility(targets: Iterable[Target], *, most_runtimes: int) -> Compatibility:
    """Return the largest set of runtimes times architectures of which every pair is among ``targets``.

    AWS keeps the two lists apart, so they stand for every pair of them. Where two sets are as large, the one with more
    architectures is taken; of too many runtimes, the newest.
    """
    runtimes_of: dict[str, list[str]] = {}
    for target in targets:
        runtimes_of.setdefault(target.architecture, []).append(target.runtime)
    both = sorted(runtimes_of)
    choices: list[tuple[str, ...]] = [(name,) for name in both]
    if len(both) > 1:
        choices.append(tuple(both))
    best = Compatibility(runtimes=(), architectures=())
    for names in choices:
        shared = [
            runtime
            for runtime in dict.fromkeys(runtimes_of[names[0]])
            if all(runtime in runtimes_of[name] for name in names)
        ]
        if len(shared) * len(names) >= max(1, len(best.runtimes) * len(best.architectures)):
            best = Compatibility(runtimes=tuple(shared[-most_runtimes:]), architectures=names)
    return best
