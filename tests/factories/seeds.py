"""Small layers of every kind: those of the failures that people reported, broken and sound."""

from __future__ import annotations

from checks.test_failure_cases import CASES
from layerwright.layer.tree import Kind

_MOST_BYTES = 1 << 20


def seed_layers() -> tuple[dict[str, bytes], ...]:
    """Return each layer of the failure cases as its files."""
    found = []
    for case in CASES:
        for layer in (*case.broken(), *case.sound()):
            if isinstance(layer, dict):
                files = {
                    path: data if isinstance(data, bytes) else data.encode() for path, data in layer.items()
                }
            else:
                files = {
                    path: one.read()
                    for path, one in layer.tree.items()
                    if one.kind is Kind.FILE and one.size_bytes < _MOST_BYTES
                }
            found.append(files)
    return tuple(found)
