"""Programs that tests use and not every machine has: skipped where they are missing, but never in CI."""

from __future__ import annotations

import os
import shutil

import pytest


def require_tool(name: str) -> str:
    """Return the program's path; without it the test is skipped, or fails where CI promised to have it."""
    path = shutil.which(name)
    if path is not None:
        return path
    if os.environ.get("LAYERWRIGHT_REQUIRE_TOOLS"):
        pytest.fail(f"{name} is not installed, and CI must not skip what needs it")
    pytest.skip(f"{name} is not on this machine")
