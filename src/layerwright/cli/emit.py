"""``layerwright emit``: print infrastructure code for built layers."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console
from layerwright.errors import UsageError

EXAMPLES: Final = """\
examples:
  layerwright emit terraform dist/layer.zip --name deps > layer.tf
  layerwright emit sam dist/layer.zip --name deps --target python3.11-x86_64
  layerwright emit cdk dist/database.zip dist/documents.zip --name database --name documents
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
        "--name",
        action="append",
        required=True,
        metavar="N",
        help="the layer's name on AWS; of several, one each, or one alone that goes before the files' names",
    )
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="T",
        help="what it is for; may be given again (default: what configuration builds it for, or else every runtime that it is fit for)",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the code; returns 1 where a layer is fit for nothing."""
    from layerwright.cli.judging import judging_from, targets_for
    from layerwright.ship.emit.kinds import emit
    from layerwright.ship.emit.layer import emitted_layer
    from layerwright.ship.judge import compatibility, judge_zip
    from layerwright.targets.quotas import load_quotas
    from layerwright.targets.target import parse_target

    most = load_quotas().layer_compatible_runtimes
    emitted = []
    paths = [Path(word) for word in arguments.layers]
    for path, name in zip(paths, _names(arguments.name, paths), strict=True):
        named = [parse_target(text) for text in targets_for(path, arguments.target)]
        judged = judge_zip(path, named, judging_from(Path.cwd()))
        unfit = [str(target) for target in named if target not in judged.fit]
        if unfit or not judged.fit:
            whom = ", ".join(unfit) or "any of Lambda's Python runtimes"
            console.say(f"{path} is not fit for {whom}; `layerwright check {path}` says why")
            return 1
        fit = compatibility(judged.fit, most_runtimes=most)
        emitted.append(emitted_layer(name, path, judged.layer, fit))
    console.result(emit(arguments.kind, emitted))
    return 0


def _names(given: Sequence[str], paths: Sequence[Path]) -> Sequence[str]:
    """Return a name for each layer."""
    if len(given) == len(paths):
        return given
    if len(given) > 1:
        raise UsageError(
            f"{len(given)} names for {len(paths)} layers", hint="one --name each, or one for all of them"
        )
    stems = [re.sub(r"[^A-Za-z0-9_-]+", "-", path.stem.replace(".", "")) for path in paths]
    return [f"{given[0]}-{stem}" for stem in stems]
