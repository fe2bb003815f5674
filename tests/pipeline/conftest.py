"""A folder of wheels that a test makes, and the command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from factories.wheels import wheel_bytes, wheel_filename

type_of_run = Callable[..., subprocess.CompletedProcess[str]]
type_of_add = Callable[..., Path]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the index; no other is asked."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return folder


@pytest.fixture
def add(index: Path) -> type_of_add:
    """Put a wheel into the index."""

    def add(name: str = "demo", version: str = "1.0", **options: Any) -> Path:
        path = index / wheel_filename(name, version, tags=options.get("tags", ("py3-none-any",)))
        path.write_bytes(wheel_bytes(name, version, **options))
        return path

    return add


@pytest.fixture
def layerwright(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> type_of_run:
    """Run the command in a process of its own, in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(
        *words: str | Path,
        environment: Mapping[str, str] | None = None,
        folder: Path = folder,
        umask: int = 0o022,
    ) -> subprocess.CompletedProcess[str]:
        places = ["--no-index", "--find-links", str(index)] if words[0] in {"build", "lock"} else []
        return subprocess.run(
            [sys.executable, "-m", "layerwright", *map(str, words), *places],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            umask=umask,
            stdin=subprocess.DEVNULL,
        )

    return run
