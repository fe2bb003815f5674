"""A runtime that a user describes, read from a TOML file."""

from __future__ import annotations

from pathlib import Path

from layerwright.targets.runtime import Runtime
from layerwright.targets.target import Target


def read_target(path: Path) -> Target:
    """Return the target that a description names."""
    raise NotImplementedError(path)


def read_description(path: Path) -> Runtime:
    """Return all that a description tells."""
    raise NotImplementedError(path)
