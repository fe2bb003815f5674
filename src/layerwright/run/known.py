"""What the checks know of a function whose module can't be imported."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from layerwright.run.function import Function

if TYPE_CHECKING:
    from layerwright.checks.finding import Finding
    from layerwright.wheels.store import Store

_MOST: Final = 5
_WORD: Final = re.compile(r"[\w.+-]{4,}")
_COMMON: Final = frozenset(
    {"unable", "import", "module", "named", "such", "file", "directory", "cannot", "open", "shared", "object"}
)


class Explainer:
    """Explains import errors of one function; its layers are read and checked only when there is one."""

    def __init__(self, function: Function, store: Store) -> None:
        """Keep the function; nothing is read yet."""
        self._function = function
        self._store = store

    def __call__(self, message: str) -> tuple[str, ...]:
        """Return lines about the likely causes of an error's message, the likeliest first; none where nothing is known."""
        return tuple(_lines(likely_causes(self._findings(), message)))

    def _findings(self) -> tuple[Finding, ...]:
        from layerwright.checks.finding import Severity
        from layerwright.checks.verify import Question, judge_contents, read_contents

        function = self._function
        question = Question(
            layers=function.layers,
            function=function.code,
            handler=function.handler,
            environment=function.variables,
        )
        contents = read_contents(question, self._store)
        verdict = judge_contents(contents, question, function.target, datetime.now(UTC).date())
        return tuple(one for one in verdict.result.findings if one.severity is Severity.ERROR)


def likely_causes(findings: tuple[Finding, ...], message: str) -> tuple[Finding, ...]:
    """Return the findings that share names with an error's message, the most first; all of them where none does."""
    words = {word.strip(".").lower() for word in _WORD.findall(message)} - _COMMON
    parts = words | {part for word in words for part in word.split(".") if len(part) > 3}

    def shared(finding: Finding) -> int:
        text = f"{finding.path} {finding.message}".lower()
        return sum(1 for part in parts if part in text)

    ranked = sorted(findings, key=shared, reverse=True)
    related = [finding for finding in ranked if shared(finding)]
    return tuple((related or ranked)[:_MOST])


def _lines(findings: tuple[Finding, ...]) -> list[str]:
    lines = []
    for finding in findings:
        where = f"{finding.layer}: {finding.path}: " if finding.path else f"{finding.layer}: "
        lines += [
            f"[layerwright] {finding.check}: {where}{finding.message}",
            f"[layerwright]   fix: {finding.fix}",
        ]
    return lines
