"""What a check says: a finding, and how grave it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"
    """It will fail on Lambda, or AWS will refuse it."""
    WARNING = "warning"
    """It can fail, or it costs something."""
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect with one cause.

    ``check`` is the id of the check; ``layer`` names the layer as the caller gave it; ``path`` is the first of the files
    concerned, relative to the layer, or an empty string for the layer as a whole. A finding that covers several
    files has all of them in ``detail["paths"]``. A library or module that is missing is named in ``message``.
    """

    check: str
    severity: Severity
    layer: str
    path: str
    message: str
    fix: str
    detail: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def as_json(self) -> dict[str, object]:
        """The finding as the JSON contract has it."""
        return {
            "check": self.check,
            "severity": self.severity.value,
            "layer": self.layer,
            "path": self.path,
            "message": self.message,
            "fix": self.fix,
            "detail": dict(self.detail),
        }
