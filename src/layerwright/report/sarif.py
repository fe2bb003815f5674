"""What the checks say, as SARIF 2.1.0, which code scanning services show beside the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from layerwright._version import __version__
from layerwright.checks.catalogue import CATALOGUE
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.check import Check
    from layerwright.checks.question import Verdict

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def check_sarif(verdict: Verdict) -> str:
    """Return a SARIF log of one run; findings that were set aside are there with their suppression."""
    result = verdict.result
    index = {check.id: place for place, check in enumerate(CATALOGUE)}
    results = [_result(finding, index) for finding in result.findings]
    for one in result.ignored:
        suppressed = _result(one.finding, index)
        suppressed["suppressions"] = [{"kind": "external", "justification": one.reason}]
        results.append(suppressed)
    run = {
        "tool": {"driver": _driver()},
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not result.crashed,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": f"{one.check} crashed: {one.error}"},
                        "descriptor": {"id": one.check},
                    }
                    for one in result.crashed
                ],
            }
        ],
        "automationDetails": {"id": f"layerwright/{verdict.target}/"},
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver() -> dict[str, object]:
    return {
        "name": "layerwright",
        "semanticVersion": __version__,
        "rules": [_rule(check) for check in CATALOGUE],
    }


def _rule(check: Check) -> dict[str, object]:
    page = check.page
    return {
        "id": check.id,
        "shortDescription": {"text": f"{check.summary}."},
        "fullDescription": {"text": f"{check.summary}. {check.fix}"},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _result(finding: Finding, index: dict[str, int]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.check,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}\nFix: {finding.fix}"},
        "locations": [_location(finding.layer, path) for path in _paths(finding)],
        "partialFingerprints": {"layerwright/v1": _fingerprint(finding)},
    }
    if finding.check in index:  # a build has findings of its own
        result["ruleIndex"] = index[finding.check]
    return result


def _paths(finding: Finding) -> Iterable[str]:
    listed = finding.detail.get("paths")
    return map(str, listed[:10]) if isinstance(listed, tuple) else (finding.path,)


def _location(layer: str, path: str) -> dict[str, object]:
    """A member of an archive has no URI of its own: the archive is the artifact, the member a logical location."""
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": {"uri": _uri(layer)}}}
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": path, "kind": "member"}]
    return location


def _uri(layer: str) -> str:
    # A colon before the first slash would make a scheme of what is before it: an ARN is no URI of the scheme `arn`.
    return quote(layer.replace("\\", "/"), safe="/@!$&'()*+,;=~-._")


def _fingerprint(finding: Finding) -> str:
    return hashlib.sha256(f"{finding.check}\0{finding.layer}\0{finding.path}".encode()).hexdigest()[:32]
