"""Where code of layers and functions is to run, as ``prove``, ``build --prove``, ``invoke`` and ``serve`` take it."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.run.sandboxes.choose import Wish


def add_sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the choice of the place; with none, the closest to Lambda that is at hand is taken."""
    group = parser.add_argument_group("where it runs (default: the closest to Lambda at hand)")
    group.add_argument(
        "--root", type=Path, metavar="DIR", help="a root filesystem, in bubblewrap; emulated where foreign"
    )
    group.add_argument(
        "--engine", metavar="NAME", help="docker, podman, finch, nerdctl, or auto for the first that answers"
    )
    group.add_argument(
        "--image", metavar="IMAGE", help="for the engine (default: the runtime's public image)"
    )


def sandbox_wish(arguments: argparse.Namespace) -> Wish:
    """Return what the user asked for."""
    from layerwright.run.sandboxes.choose import Wish

    return Wish(
        engine=arguments.engine,
        image=arguments.image,
        root=arguments.root,
        offline=arguments.offline,
    )


def require_extra() -> None:
    """Raise UsageError where what serves Lambda's APIs is not installed."""
    if importlib.util.find_spec("httptools") is None:
        raise UsageError("this command needs the extra `run`", hint="pip install 'layerwright[run]'")
