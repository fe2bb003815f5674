"""Proving what a build has written: each layer by itself, for its own target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from layerwright.errors import LayerwrightError
from layerwright.run.proving import prove_paths
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.pipeline.result import BuiltLayer
    from layerwright.pipeline.spec import LayerSpec
    from layerwright.progress import Progress
    from layerwright.run.proof import Proof
    from layerwright.run.sandboxes.choose import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """A layer that nothing here could prove, and why; that says nothing of the layer."""

    error: LayerwrightError

    def as_json(self) -> dict[str, object]:
        """Return it in the place of a proof: ``ok`` is null, as nobody knows."""
        return {"fidelity": None, "ok": None, "error": str(self.error), "modules": []}


def prove_built(
    specs: Sequence[LayerSpec],
    layers: Sequence[BuiltLayer],
    store: Store,
    *,
    today: date,
    wish: Wish | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> tuple[Proof | Unproved | None, ...]:
    """Return the proof of each layer in the order given: None where it was not written, Unproved where this machine can't tell."""
    proofs: list[Proof | Unproved | None] = []
    for spec, layer in zip(specs, layers, strict=True):
        if layer.path is None:
            proofs.append(None)
            continue
        step = f"proving {spec.name} for {spec.target}"
        if progress is not None:
            progress.begin(step, None)
        try:
            proof = prove_paths([layer.path], spec.target, store, today=today, wish=wish, offline=offline)
            proofs.append(proof)
        except LayerwrightError as error:
            proofs.append(Unproved(error=error))
        if progress is not None:
            progress.end(step)
    return tuple(proofs)
