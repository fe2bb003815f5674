"""Where the store is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from layerwright.errors import UsageError


def store_place(environment: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> str:
    """Return the store's folder: LAYERWRIGHT_CACHE, or ``layerwright`` in the platform's place for caches.

    Raises UsageError where the user has no home folder and nothing else says where.
    """
    chosen = environment.get("LAYERWRIGHT_CACHE")
    if chosen:
        return os.path.join(os.getcwd(), os.path.expanduser(chosen))
    xdg = environment.get("XDG_CACHE_HOME", "")
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return os.path.join(environment["LOCALAPPDATA"], "layerwright", "cache")
    if platform not in ("win32", "darwin") and os.path.isabs(xdg):  # as the XDG specification has it
        return os.path.join(xdg, "layerwright")
    home = os.path.expanduser("~")
    if home == "~":
        raise UsageError(
            "no home folder to keep the store in", hint="set LAYERWRIGHT_CACHE to a folder of yours"
        )
    caches = {"darwin": ("Library", "Caches"), "win32": ("AppData", "Local")}
    return os.path.join(home, *caches.get(platform, (".cache",)), "layerwright")
