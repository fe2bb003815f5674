"""A built layer as infrastructure code is written of it."""

from __future__ import annotations

from pathlib import Path

from layerwright.ship.emit.kinds import emit
from layerwright.ship.emit.layer import EmittedLayer
from layerwright.ship.judge import Compatibility


def emitted_layer(**changes: object) -> EmittedLayer:
    facts: dict[str, object] = {
        "name": "deps",
        "path": "deps.zip",
        "compatible": Compatibility(runtimes=("python3.11", "python3.12"), architectures=("arm64", "x86_64")),
        "sha256": "0" * 64,
        "zipped_bytes": 1,
        "folders": ("python",),
    }
    return EmittedLayer(**{**facts, **changes})  # type: ignore[arg-type]


def odd_layer(folder: Path, content: bytes, **changes: object) -> EmittedLayer:
    """A zip below ``folder`` whose path and name hold what needs quotes in one language or another."""
    path = "dist #1/the team's ünï: $x.zip"
    (folder / path).parent.mkdir()
    (folder / path).write_bytes(content)
    return emitted_layer(**{"name": "2024", "path": path, **changes})


def emit_text(kind: str, **changes: object) -> str:
    return emit(kind, [emitted_layer(**changes)])
