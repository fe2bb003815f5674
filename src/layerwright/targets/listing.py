"""What ``layerwright targets`` shows: a row for each of Lambda's targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from layerwright.targets.entry import entries
from layerwright.targets.runtime import Lifecycle, Status
from layerwright.targets.system import load_symbol_limits
from layerwright.targets.target import Target, lambda_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """A target in short; the fields mean what they mean in ``Runtime``."""

    target: Target
    system: str
    system_title: str
    status: Status
    lifecycle: Lifecycle
    snapstart: bool
    symbol_floor: Mapping[str, str]
    symbol_ceiling: Mapping[str, str]


def list_targets(today: date) -> tuple[TargetRow, ...]:
    """Return a row for each of Lambda's targets as it stands on ``today``, oldest runtime first."""
    return tuple(_row(target, today) for target in lambda_targets())


def _row(target: Target, today: date) -> TargetRow:
    entry = entries()[target.runtime]
    lifecycle = Lifecycle(**entry.dates)
    floor, ceiling = load_symbol_limits(entry.system.name, target.architecture)
    return TargetRow(
        target=target,
        system=entry.system.name,
        system_title=entry.system.title,
        status=lifecycle.status(today),
        lifecycle=lifecycle,
        snapstart=entry.snapstart,
        symbol_floor=floor,
        symbol_ceiling=ceiling,
    )
