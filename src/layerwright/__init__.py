"""AWS Lambda layers for Python that are known to import before they are deployed.

The verbs of the command line are functions here: ``build``, ``lock``, ``check``, ``serves``, ``prove``, ``lambda_targets``, ``publish``, ``use``, ``prune``,
``emit``. They are imported when
they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layerwright._version import __version__

if TYPE_CHECKING:
    from layerwright.api import build, check, emit, lambda_targets, lock, prove, prune, publish, serves, use
    from layerwright.errors import LayerwrightError

__all__ = [
    "LayerwrightError",
    "__version__",
    "build",
    "check",
    "emit",
    "lambda_targets",
    "lock",
    "prove",
    "prune",
    "publish",
    "serves",
    "use",
]


def __getattr__(name: str) -> Any:
    if name == "LayerwrightError":
        from layerwright.errors import LayerwrightError

        return LayerwrightError
    if name in __all__:
        from layerwright import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
