"""Which of Lambda's targets a layer would serve, when nobody names one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from layerwright.checks.finding import Severity
from layerwright.checks.question import Question
from layerwright.checks.verify import judge_contents
from layerwright.targets.target import Target, lambda_targets

if TYPE_CHECKING:
    from layerwright.checks.contents import Contents
    from layerwright.checks.result import CheckResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Whether the layers would work on a target: True, False with the first reason, or None where it can't be told."""

    target: Target
    ok: bool | None
    reason: str | None


def judge_services(
    contents: Contents, question: Question, today: date, *, targets: Iterable[Target] | None = None
) -> tuple[Service, ...]:
    """Return a verdict for each target, Lambda's own by default; facts that don't depend on it are read once."""
    chosen = lambda_targets() if targets is None else targets
    return tuple(
        _service(target, judge_contents(contents, question, target, today).result) for target in chosen
    )


def _service(target: Target, result: CheckResult) -> Service:
    errors = [finding for finding in result.findings if finding.severity is Severity.ERROR]
    if errors:
        return Service(target=target, ok=False, reason=errors[0].message)
    if result.crashed:
        return Service(
            target=target, ok=None, reason=f"{result.crashed[0].check} crashed: {result.crashed[0].error}"
        )
    unsure = next((finding for finding in result.findings if finding.detail.get("unsure")), None)
    if unsure is not None:
        return Service(target=target, ok=None, reason=unsure.message)
    return Service(target=target, ok=True, reason=None)
