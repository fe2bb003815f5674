"""A build's result as the JSON contract has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.pipeline.result import BuiltLayer


def build_json(layers: Sequence[BuiltLayer]) -> str:
    """Return one JSON object for all layers."""
    return json.dumps({"schema_version": 1, "layers": [layer.as_json() for layer in layers]}, indent=2)
