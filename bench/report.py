"""What was measured, as aligned text or as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence

from bench.measure import Sample
from bench.verdict import Measured, Spread, Verdict, shares


def text(measured: Sequence[Measured], machine: Mapping[str, str | int]) -> str:
    """Return the groups as tables, and all bars in one table at the end."""
    blocks = [", ".join(f"{key} {value}" for key, value in machine.items())]
    blocks += [_group(one) for one in measured]
    if any(one.verdicts for one in measured):
        blocks.append(_bars(measured))
    return "\n\n".join(blocks)


def as_json(measured: Sequence[Measured], machine: Mapping[str, str | int]) -> str:
    """Return the same facts as one JSON object."""
    groups = [
        {
            "title": one.group.title,
            "runs": one.group.runs,
            "commands": [dataclasses.asdict(sample) for sample in one.samples.values()],
            "bars": [{**dataclasses.asdict(bar), "holds": bar.holds} for bar in one.verdicts],
        }
        for one in measured
    ]
    return json.dumps({"schema_version": 1, "machine": dict(machine), "groups": groups}, indent=2)


def _group(one: Measured) -> str:
    baseline = one.samples.get(one.group.baseline or "")
    header = ("", "median", "least", "most", "peak", f"÷ {baseline.name}" if baseline else "")
    rows = [_sample(sample, baseline) for sample in one.samples.values()]
    return f"{one.group.title} ({one.group.runs} runs)\n{_aligned([header, *rows])}"


def _sample(sample: Sample, baseline: Sample | None) -> tuple[str, ...]:
    if not sample.seconds:
        return (sample.name, "fails:", _shortened(sample.failure or ""))
    seconds = (sample.median, min(sample.seconds), max(sample.seconds))
    ratio = shares(sample, baseline) if baseline and baseline.seconds else None
    return (
        sample.name,
        *map(_seconds, seconds),
        f"{sample.peak_bytes / 1e6:.0f} MB" if sample.peak_bytes else "",
        _spread(ratio) if ratio else "",
    )


def _bars(measured: Sequence[Measured]) -> str:
    header = ("bar", "took", "may take", "share (least to most)", "holds", "which is")
    rows = [_bar(one.group.title, verdict) for one in measured for verdict in one.verdicts]
    return _aligned([header, *rows])


def _bar(title: str, verdict: Verdict) -> tuple[str, ...]:
    return (
        f"{title}: {verdict.title}",
        _amount(verdict.measured.median, verdict.unit),
        _amount(verdict.allowed.median, verdict.unit),
        _spread(verdict.share),
        "yes" if verdict.holds else "NO",
        verdict.limit,
    )


def _amount(value: float, unit: str) -> str:
    return _seconds(value) if unit == "s" else f"{value / 1e6:.0f} MB"


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value >= 0.1 else f"{value * 1000:.2f} ms"


def _spread(numbers: Spread) -> str:
    if numbers.least == numbers.most:
        return f"{numbers.median:.2f}"
    return f"{numbers.median:.2f} ({numbers.least:.2f} to {numbers.most:.2f})"


def _shortened(line: str, *, most: int = 70) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows in columns; a cell that ends its row counts for no width."""
    columns = max(map(len, rows))
    widths = [max((len(row[at]) for row in rows if at < len(row) - 1), default=0) for at in range(columns)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)).rstrip()
