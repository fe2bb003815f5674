"""``layerwright build``: resolve, fetch, assemble, check, and write layer zips."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from layerwright.cli.console import Console
from layerwright.cli.inputs import add_resolve_arguments, layer_specs
from layerwright.cli.progress import progress_on
from layerwright.errors import UsageError
from layerwright.pipeline.build import BuildSettings, LayerSpec, build_layers
from layerwright.pipeline.result import BuiltLayer
from layerwright.wheels.store import Store

EXAMPLES: Final = """\
examples:
  layerwright build -r requirements.txt --target python3.11-x86_64 -o layer.zip
  layerwright build "psycopg2-binary==2.9.9" --target python3.11-arm64
  layerwright build --lock pylock.layer.toml --target python3.13-arm64 --offline
  layerwright build --unpacked "$ARTIFACTS_DIR"      # for SAM's makefile method, and for images
  layerwright build                      # what [tool.layerwright] declares
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_resolve_arguments(parser)
    group = parser.add_argument_group("layer")
    group.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the zip, or a folder; {name} and {target} are filled in (default: {name}-{target}.zip)",
    )
    group.add_argument(
        "--unpacked",
        metavar="DIR",
        help="lay the layer's content out in a folder, and write no zip without -o; {name} and {target}",
    )
    group.add_argument("--name", metavar="NAME", help="the layer's name (default: layer)")
    group.add_argument(
        "--layout",
        choices=("flat", "versioned"),
        help="python/ (default), or python/lib/python3.X/site-packages",
    )
    group.add_argument("--scripts", action="store_true", help="add the packages' commands, in bin/")
    group.add_argument(
        "--exclude-runtime-sdk",
        action="store_true",
        help="leave out the AWS SDK that the runtime brings, where nothing else needs what is left out",
    )
    group.add_argument(
        "--allow-findings", action="store_true", help="write the layer in spite of error findings"
    )
    group.add_argument("--sbom", metavar="FILE", help="write what is inside as a CycloneDX document")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Build; returns 1 where a layer was refused for its findings."""
    start = time.perf_counter()
    specs = layer_specs(arguments)
    layers = _unpacked(specs, arguments, console) if arguments.unpacked else _build(specs, arguments, console)
    if arguments.sbom:
        _write_sbom(layers, Path(arguments.sbom))
    if arguments.format == "json":
        from layerwright.report.build_json import build_json

        console.result(build_json(layers))
    else:
        _show(layers, console, time.perf_counter() - start)
    return 0 if all(layer.ok or layer.path is not None for layer in layers) else 1


def _build(
    specs: Sequence[LayerSpec], arguments: argparse.Namespace, console: Console
) -> tuple[BuiltLayer, ...]:
    with progress_on(console) as progress:
        settings = BuildSettings(
            store=Store(),
            today=time.strftime("%Y-%m-%d", time.gmtime()),
            offline=arguments.offline,
            allow_findings=arguments.allow_findings,
            progress=progress,
        )
        return build_layers(specs, settings)


def _unpacked(
    specs: Sequence[LayerSpec], arguments: argparse.Namespace, console: Console
) -> tuple[BuiltLayer, ...]:
    """Build, and leave the content of each layer in its folder; its zip stays only where ``-o`` names it."""
    import tempfile

    from layerwright.pipeline.unpack import unpack_layer

    folders = [
        Path(
            arguments.unpacked.replace("{name}", spec.name).replace(
                "{target}", Path(str(spec.target)).name.removesuffix(".toml")
            )
        )
        for spec in specs
    ]
    if len(set(folders)) < len(folders):
        raise UsageError(
            f"{arguments.unpacked} would get the content of {len(folders)} layers",
            hint="put {name} or {target} into --unpacked, or name one layer: --name",
        )
    with tempfile.TemporaryDirectory(prefix="layerwright-") as place:
        if arguments.output is None:
            specs = [
                replace(spec, output=Path(place) / str(number) / spec.output.name)
                for number, spec in enumerate(specs)
            ]
        layers = _build(specs, arguments, console)
        for layer, folder in zip(layers, folders, strict=True):
            if layer.path is not None:
                unpack_layer(layer.path, folder)
    return tuple(
        replace(layer, path=folder, unchanged=False)
        if layer.path is not None and arguments.output is None
        else layer
        for layer, folder in zip(layers, folders, strict=True)
    )


def _write_sbom(layers: Sequence[BuiltLayer], path: Path) -> None:
    from layerwright.layer.plan import whole_file
    from layerwright.report.sbom import sbom_json

    text = sbom_json(layers)
    with whole_file(path) as file:
        file.write(text.encode())


def _show(layers: Sequence[BuiltLayer], console: Console, seconds: float) -> None:
    from layerwright.report.build_text import build_text
    from layerwright.targets.quotas import load_quotas

    quotas = load_quotas()
    text = build_text(
        layers,
        seconds=seconds,
        unzipped_limit=quotas.unzipped_bytes,
        upload_limit=quotas.zipped_upload_bytes,
        colour=console.colour,
    )
    if console.quiet:
        text = "\n".join(str(layer.path) for layer in layers if layer.path)
    console.result(text)
