"""Where the store is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from layerwright.errors import UsageError


def store_folder(environment: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> Path:
    """Return the store's folder: LAYERWRIGHT_CACHE, or ``layerwright`` in the platform's place for caches.

    Raises UsageError where the user has no home folder and nothing else says where.
    """
    chosen = environment.get("LAYERWRIGHT_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    xdg = environment.get("XDG_CACHE_HOME", "")
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "layerwright" / "cache"
    if (
        platform not in ("win32", "darwin") and xdg and Path(xdg).is_absolute()
    ):  # as the XDG specification has it
        return Path(xdg) / "layerwright"
    try:
        home = Path.home()
    except RuntimeError:
        raise UsageError(
            "no home folder to keep the store in", hint="set LAYERWRIGHT_CACHE to a folder of yours"
        ) from None
    caches = {"darwin": home / "Library" / "Caches", "win32": home / "AppData" / "Local"}
    return caches.get(platform, home / ".cache") / "layerwright"
