"""What the checks know of a function in which something can't be imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from layerwright.run.function import Function

if TYPE_CHECKING:
    from layerwright.checks.finding import Finding
    from layerwright.wheels.store import Store

_MOST: Final = 5


class Explainer:
    """Explains import errors of one function; its layers are read and checked only when there is one, and once for each."""

    def __init__(self, function: Function, store: Store) -> None:
        """Keep the function; nothing is read yet."""
        self._function = function
        self._store = store
        self._said: dict[str, tuple[str, ...]] = {}

    def __call__(self, message: str) -> tuple[str, ...]:
        """Return lines about what an error's message means and where it comes from; none where nothing is known of it."""
        from layerwright.checks.symptoms import read_message

        if message not in self._said:
            self._said[message] = () if read_message(message) is None else self._explain(message)
        return self._said[message]

    def _explain(self, message: str) -> tuple[str, ...]:
        from layerwright.checks.explain import explain_message
        from layerwright.checks.question import Question
        from layerwright.checks.verify import judge_contents, read_contents

        function = self._function
        question = Question(
            layers=function.layers,
            function=function.code,
            handler=function.handler,
            environment=function.variables,
        )
        contents = read_contents(question, self._store)
        verdict = judge_contents(contents, question, function.target, datetime.now(UTC).date())
        explanation = explain_message(message, verdict.result)
        return (explanation.symptom.meaning, *_lines((explanation.causes or explanation.others)[:_MOST]))


def _lines(findings: Iterable[Finding]) -> Iterator[str]:
    for finding in findings:
        place = f"{finding.path}: " if finding.path and finding.path not in finding.message else ""
        yield f"{finding.check}: {finding.layer}: {place}{finding.message}"
        yield f"    fix: {finding.fix}"
