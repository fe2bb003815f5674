"""Samples held against bars."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.cases import Bar, Group, MemoryBar
from bench.measure import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The median of several numbers, the least and the most."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A bar, what was measured, what was allowed (seconds, or bytes of memory), and the first as a share of the second.

    The share is taken turn by turn; the bar holds where its median is at most 1.
    """

    title: str
    limit: str
    unit: str
    measured: Spread
    allowed: Spread
    share: Spread

    @property
    def holds(self) -> bool:
        """Whether what was measured is within what is allowed."""
        return self.share.median <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A group after its turns."""

    group: Group
    samples: Mapping[str, Sample]
    verdicts: tuple[Verdict, ...]


def judge(group: Group, samples: Mapping[str, Sample]) -> Measured:
    """Return the group with its samples and a verdict for each bar whose commands all ran."""
    verdicts = [_judge_time(bar, samples) for bar in group.bars if _all_ran(bar, samples)]
    verdicts += [_judge_memory(bar, samples[bar.measured]) for bar in group.memory_bars]
    return Measured(group=group, samples=samples, verdicts=tuple(verdicts))


def spread(numbers: Sequence[float]) -> Spread:
    """Return the median, the least and the most of at least one number."""
    return Spread(median=statistics.median(numbers), least=min(numbers), most=max(numbers))


def shares(one: Sample, other: Sample) -> Spread:
    """Return how many times the one took what the other took, turn by turn."""
    return spread([a / b for a, b in zip(one.seconds, other.seconds, strict=True)])


def _all_ran(bar: Bar, samples: Mapping[str, Sample]) -> bool:
    return all(samples[name].seconds for name in (bar.measured, *(term.command for term in bar.limit)))


def _judge_time(bar: Bar, samples: Mapping[str, Sample]) -> Verdict:
    measured = samples[bar.measured].seconds
    allowed = [
        sum(term.times * samples[term.command].seconds[turn] for term in bar.limit)
        for turn in range(len(measured))
    ]
    return Verdict(
        title=bar.title,
        limit=bar.text,
        unit="s",
        measured=spread(measured),
        allowed=spread(allowed),
        share=spread([took / may for took, may in zip(measured, allowed, strict=True)]),
    )


def _judge_memory(bar: MemoryBar, sample: Sample) -> Verdict:
    limit = bar.limit_bytes
    return Verdict(
        title=bar.title,
        limit=f"{limit // 1_000_000} MB",
        unit="bytes",
        measured=spread([sample.peak_bytes]),
        allowed=spread([limit]),
        share=spread([sample.peak_bytes / limit]),
    )
