"""How the commands that ship judge layers: today, by the checks that configuration selects."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layerwright.ship.judge import Judging


def judging_from(folder: Path) -> Judging:
    """Return how layers are judged in a folder: with ``[tool.layerwright.check]`` of the nearest configuration."""
    from layerwright.pipeline.declaration import find_configuration, read_configuration
    from layerwright.ship.judge import Judging

    found = find_configuration(folder)
    today = datetime.now(UTC).date()
    if found is None:
        return Judging(today=today)
    settings = read_configuration(found).check
    return Judging(today=today, select=settings.select, ignore=settings.ignore)


def targets_for(path: Path, named: Sequence[str]) -> tuple[str, ...]:
    """Return the targets that were named, or else those that configuration builds this very file for."""
    from layerwright.pipeline.declaration import find_configuration, read_configuration

    found = None if named else find_configuration(Path.cwd())
    if found is None:
        return tuple(named)
    place = path.resolve()
    return tuple(
        target
        for layer in read_configuration(found).layers
        for target in layer.targets
        if layer.path(layer.output, target).resolve() == place
    )
