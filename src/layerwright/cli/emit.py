"""``layerwright emit``: print infrastructure code for built layers."""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console

EXAMPLES: Final = """\
examples:
  layerwright emit terraform dist/layer.zip --name deps > layer.tf
  layerwright emit sam dist/layer.zip --name deps --target python3.11-x86_64
  layerwright emit dockerfile dist/layer.zip --name deps
"""
_KINDS: Final = (
    "terraform",
    "cdk",
    "cdk-typescript",
    "sam",
    "cloudformation",
    "serverless",
    "pulumi",
    "dockerfile",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("kind", choices=_KINDS, metavar="KIND", help=", ".join(_KINDS))
    parser.add_argument("layers", nargs="+", metavar="LAYER", help="a zip; for a dockerfile a folder too")
    parser.add_argument(
        "--name", required=True, metavar="N", help="the layer's name on AWS; of several, NAME-STEM each"
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="T",
        help="what it is for; may be given again (default: every runtime that the checks find it fit for)",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the code; returns 1 where a layer is fit for nothing."""
    from layerwright.layer.read import read_layer
    from layerwright.ship.emit.kinds import emit
    from layerwright.ship.emit.layer import emitted_layer
    from layerwright.ship.judge import compatibility, fit_targets
    from layerwright.targets.quotas import load_quotas
    from layerwright.targets.target import parse_target

    today = date.fromisoformat(time.strftime("%Y-%m-%d", time.gmtime()))
    most = load_quotas().layer_compatible_runtimes
    emitted = []
    for word in arguments.layers:
        path = Path(word)
        layer = read_layer(path)
        targets = [parse_target(text) for text in arguments.target] or fit_targets(layer, today=today)
        if not targets:
            console.say(
                f"{path} is fit for none of Lambda's Python runtimes; `layerwright check {path}` says why"
            )
            return 1
        name = arguments.name if len(arguments.layers) == 1 else f"{arguments.name}-{path.stem}"
        emitted.append(emitted_layer(name, path, layer, compatibility(targets, most_runtimes=most)))
    console.result(emit(arguments.kind, emitted))
    return 0
