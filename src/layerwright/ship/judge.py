"""What the catalogue says of a zip for many targets, and what it is compatible with for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

from layerwright.checks.question import Question, Verdict
from layerwright.checks.serves import judge_services
from layerwright.checks.verify import judge, judge_contents, read_contents
from layerwright.layer.read import Layer, read_layer
from layerwright.targets.target import Target, lambda_targets
from layerwright.wheels.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How layers are judged: the day, the store that knows what was read before, and which checks."""

    today: date
    store: Store = field(default_factory=Store)
    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """The runtimes and the architectures that a version is to be published with; every pair of them passed."""

    runtimes: tuple[str, ...]
    architectures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A layer with the verdicts on the targets that were named, and the targets that it is fit for."""

    layer: Layer
    verdicts: tuple[Verdict, ...]
    fit: tuple[Target, ...]


def judge_zip(path: Path, targets: Sequence[Target], judging: Judging) -> Judged:
    """Return what the checks say for each target named; with none, for which of Lambda's the layer is fit.

    Where no target is certain, those stand that could not be told. Raises UsageError and IntegrityError as
    ``read_layer`` does.
    """
    question = Question(layers=(path,), select=judging.select, ignore=judging.ignore)
    if targets:
        verdicts = tuple(judge(question, target, judging.today, judging.store) for target in targets)
        passed = tuple(verdict.target for verdict in verdicts if verdict.result.ok)
        return Judged(layer=read_layer(path), verdicts=verdicts, fit=passed)
    contents = read_contents(question, judging.store)
    services = judge_services(contents, question, judging.today)
    certain = tuple(service.target for service in services if service.ok)
    perhaps = tuple(service.target for service in services if service.ok is None)
    fit = certain or perhaps
    against = () if fit else (judge_contents(contents, question, lambda_targets()[-1], judging.today),)
    return Judged(layer=contents.stack.layers[0], verdicts=against, fit=fit)


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
