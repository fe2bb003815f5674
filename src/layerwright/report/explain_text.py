"""What a check means, and what an error message comes from, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from layerwright.report.check_text import findings_text
from layerwright.report.plain import plain
from layerwright.report.table import table_text

if TYPE_CHECKING:
    from layerwright.checks.check import Check
    from layerwright.checks.explain import Explanation

_SHOWN = 6


def page_text(check: Check) -> str:
    """Return a check's page."""
    return f"# {check.id} ({check.severity})\n\n{check.page}"


def explanation_text(explanation: Explanation, *, judged: bool, colour: bool = False) -> str:
    """Return what a message means, and its causes in the layers that were ``judged``, or where to look for them."""
    symptom = explanation.symptom
    blocks = [symptom.meaning + (f" It names {plain(symptom.name)}." if symptom.name else "")]
    if explanation.causes:
        blocks += ["Here it comes from this:", findings_text(explanation.causes, colour=colour)]
    elif judged and explanation.others:
        blocks += [
            "No check explains this very message. These errors were found as well:",
            findings_text(explanation.others, colour=colour),
        ]
    elif judged:
        blocks.append(
            "No check finds anything here that would explain it; `layerwright prove` imports the modules for real."
        )
    elif explanation.checks:
        listed = "\n".join(f"  {check.id:<28} {check.summary}" for check in explanation.checks[:_SHOWN])
        blocks.append(f"Likely causes, each explained by `layerwright explain ID`:\n{listed}")
        blocks.append("Name the layers and the target as well, and the cause is looked for in them.")
    return "\n\n".join(blocks)


def explanation_json(explanation: Explanation) -> str:
    """Return one JSON object: what the message says, the checks that look for its causes, and the findings that explain it."""
    symptom = explanation.symptom
    value = {
        "schema_version": 1,
        "message": explanation.message,
        "kind": symptom.kind,
        "name": symptom.name,
        "meaning": symptom.meaning,
        "checks": [check.id for check in explanation.checks],
        "causes": [finding.as_json() for finding in explanation.causes],
    }
    return json.dumps(value, indent=2)


def rules_text(checks: Iterable[Check]) -> str:
    """Return a table of checks: id, severity, summary."""
    return table_text(
        ("check", "severity", "what it finds"), [(one.id, one.severity.value, one.summary) for one in checks]
    )


def rules_json(checks: Iterable[Check]) -> str:
    """Return one JSON object that lists checks with their pages."""
    rules = [
        {
            "id": one.id,
            "severity": one.severity.value,
            "summary": one.summary,
            "fix": one.fix,
            "page": one.page,
        }
        for one in checks
    ]
    return json.dumps({"schema_version": 1, "rules": rules}, indent=2)
