"""Finding uv's binary."""

from __future__ import annotations

import os
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from layerwright.resolve.uv import find_uv


def test_threads_that_look_for_it_at_once_all_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several layers are resolved side by side, and sysconfig fills its table where it is asked first."""
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            monkeypatch.setattr(sysconfig, "_CONFIG_VARS", None)
            with ThreadPoolExecutor(4) as pool:
                found = set(pool.map(find_uv, [os.environ] * 4))
            assert len(found) == 1
            assert Path(found.pop()).is_file()
    finally:
        sys.setswitchinterval(switching)
