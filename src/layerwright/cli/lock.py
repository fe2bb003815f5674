"""``layerwright lock``: resolve for a target, and write the lock."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console
from layerwright.cli.inputs import add_resolve_arguments, named_layers, spec_of
from layerwright.cli.progress import progress_on
from layerwright.errors import UsageError
from layerwright.layer.plan import whole_file
from layerwright.pipeline.build import resolve_layer
from layerwright.pipeline.declaration import LayerDeclaration
from layerwright.pipeline.spec import BuildSettings
from layerwright.wheels.store import Store

EXAMPLES: Final = """\
examples:
  layerwright lock -r requirements.txt --target python3.13-arm64 -o pylock.layer.toml
  layerwright lock                       # the locks that [tool.layerwright] names
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_resolve_arguments(parser)
    parser.add_argument("--name", metavar="NAME", help="only this layer of the configuration")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to; {name} and {target} are filled in (default: what configuration says, or stdout)",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Resolve each layer that is meant, and write its lock."""
    if arguments.lock:
        raise UsageError("--lock names a lock to build from; where the new one goes is said by -o")
    layers = named_layers(arguments)
    places = [_place(layer, target, arguments.output) for layer, target in layers]
    if len(layers) > 1 and len(set(places) - {None}) < len(layers):
        raise UsageError(
            f"{len(layers)} locks can't go to one output",
            hint="put {target} or {name} into its name: -o 'pylock.{target}.toml', or lock = in configuration",
        )
    with progress_on(console) as progress:
        settings = BuildSettings(
            store=Store(),
            today=time.strftime("%Y-%m-%d", time.gmtime()),
            offline=arguments.offline,
            progress=progress,
        )
        for (layer, target), place in zip(layers, places, strict=True):
            folder = place.absolute().parent if place else None
            locked = resolve_layer(spec_of(layer, target, arguments), settings, folder=folder)
            for note in locked.notes:
                console.say(f"note: {note}")
            if place is None:
                console.result(locked.content.decode())
                continue
            with whole_file(place) as file:
                file.write(locked.content)
            console.say(f"{place}: {layer.name} for {target}")
    return 0


def _place(layer: LayerDeclaration, target: str, output: str | None) -> Path | None:
    if output is not None:
        return LayerDeclaration(name=layer.name, folder=Path()).path(output, target)
    return layer.path(layer.lock, target) if layer.lock else None
