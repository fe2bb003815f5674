"""What the checks say, as the JSON contract has it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.checks.question import LayerSummary, Verdict
    from layerwright.checks.serves import Service
    from layerwright.layer.read import Layer


def check_json(verdict: Verdict) -> str:
    """Return one JSON object; findings that were set aside are listed under ``ignored`` where there are any."""
    result = verdict.result
    value: dict[str, object] = {
        "schema_version": 1,
        "target": str(verdict.target),
        "ok": result.ok,
        "layers": _layers(verdict.layers),
        "findings": [finding.as_json() for finding in result.findings],
        "not_applicable": [{"check": one.check, "reason": one.reason} for one in result.not_applicable],
        "crashed": [{"check": one.check, "error": one.error} for one in result.crashed],
    }
    if result.ignored:
        value["ignored"] = [{**one.finding.as_json(), "reason": one.reason} for one in result.ignored]
    return json.dumps(value, indent=2)


def serves_json(layers: Iterable[Layer], services: Iterable[Service]) -> str:
    """Return one JSON object: which targets the layers would serve, None where it can't be told."""
    from layerwright.checks.verify import summarise

    targets = [{"target": str(one.target), "ok": one.ok, "reason": one.reason} for one in services]
    return json.dumps(
        {"schema_version": 1, "layers": _layers(summarise(layers)), "targets": targets}, indent=2
    )


def _layers(layers: Iterable[LayerSummary]) -> list[dict[str, object]]:
    return [
        {
            "path": layer.name,
            "sha256": layer.sha256,
            "zipped_bytes": layer.zipped_bytes,
            "unzipped_bytes": layer.unzipped_bytes,
            "files": layer.files,
        }
        for layer in layers
    ]
