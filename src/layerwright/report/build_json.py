"""A build's result as the JSON contract has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.pipeline.result import BuiltLayer
    from layerwright.run.proof import Proof
    from layerwright.run.prove_built import Unproved


def build_json(layers: Sequence[BuiltLayer], proofs: Sequence[Proof | Unproved | None] | None = None) -> str:
    """Return one JSON object for all layers; with ``proofs``, one for each, a layer has its own as ``proof``."""
    shown = [layer.as_json() for layer in layers]
    for layer, proof in zip(shown, proofs or (), strict=proofs is not None):
        layer["proof"] = _proof_json(proof)
    return json.dumps({"schema_version": 1, "layers": shown}, indent=2)


def _proof_json(proof: Proof | Unproved | None) -> dict[str, object] | None:
    """Return what ``prove`` prints, without what the layer around it says already."""
    if proof is None:
        return None
    return {key: value for key, value in proof.as_json().items() if key not in {"schema_version", "target"}}
