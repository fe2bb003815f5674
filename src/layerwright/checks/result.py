"""What a run of the catalogue comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from layerwright.checks.finding import Finding, Severity


class Unfit(NamedTuple):
    """A check that had nothing to say, and why."""

    check: str
    reason: str


class Crash(NamedTuple):
    """A check that failed itself; the subject was not judged by it."""

    check: str
    error: str


class Ignored(NamedTuple):
    """A finding that was set aside, and the reason that was given."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What all checks said: findings by severity, check and path; the rest by check."""

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    not_applicable: tuple[Unfit, ...]
    crashed: tuple[Crash, ...]

    @property
    def ok(self) -> bool:
        """True where no finding is an error and no check crashed."""
        return not self.crashed and all(finding.severity is not Severity.ERROR for finding in self.findings)
