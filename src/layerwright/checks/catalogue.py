"""Every check, sorted by id."""

from __future__ import annotations

from typing import Final

from layerwright.checks.check import Check
from layerwright.checks.rules import metadata_missing_dependency

CATALOGUE: Final[tuple[Check, ...]] = (metadata_missing_dependency.CHECK,)
