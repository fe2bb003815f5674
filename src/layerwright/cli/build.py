"""``layerwright build``: resolve, fetch, assemble, check, and write layer zips."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.cli.again import Look, Zip, look_at_contents, look_for_folder, remember
from layerwright.cli.console import Console
from layerwright.cli.inputs import add_resolve_arguments, layer_specs
from layerwright.cli.progress import progress_on
from layerwright.cli.sandbox import add_sandbox_arguments, sandbox_wish
from layerwright.errors import UsageError
from layerwright.pipeline.build import build_layers
from layerwright.pipeline.declaration import configuration_places
from layerwright.pipeline.result import BuiltLayer
from layerwright.pipeline.spec import BuildSettings, LayerSpec
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.run.proof import Proof
    from layerwright.run.prove_built import Unproved

EXAMPLES: Final = """\
examples:
  layerwright build -r requirements.txt --target python3.11-x86_64 -o layer.zip
  layerwright build "psycopg2-binary==2.9.9" --target python3.11-arm64
  layerwright build --lock pylock.layer.toml --target python3.13-arm64 --offline
  layerwright build --unpacked "$ARTIFACTS_DIR"      # for SAM's makefile method, and for images
  layerwright build                      # what [tool.layerwright] declares
  layerwright build --prove              # and import every module of it, for real
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
    group.add_argument(
        "--prove",
        action="store_true",
        help="import every module of each layer that is written, as `layerwright prove` does",
    )
    add_sandbox_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Build; returns 1 where a layer was refused for its findings, or a module does not import that was to be proved.

    A layer that was to be proved and can't be here gives the code of what stands in the way (8: nothing here runs its target).
    """
    start = time.perf_counter()
    _check_sandbox_words(arguments)
    looks = look_at_contents(configuration_places(Path.cwd()))
    specs = layer_specs(arguments)
    looks += _looks(specs, arguments)
    layers = _unpacked(specs, arguments, console) if arguments.unpacked else _build(specs, arguments, console)
    if arguments.sbom:
        _write_sbom(layers, Path(arguments.sbom))
    proofs = _prove(specs, layers, arguments, console) if arguments.prove else None
    if arguments.format == "json":
        from layerwright.report.build_json import build_json

        result = fixed = build_json(layers, proofs)
    elif console.quiet:
        result = fixed = "\n".join(str(layer.path) for layer in layers if layer.path)
    else:
        from layerwright.report.build_text import build_text
        from layerwright.targets.quotas import load_quotas

        seconds = time.perf_counter() - start
        result = build_text(layers, load_quotas(), seconds=seconds, colour=console.colour, proofs=proofs)
        fixed = None
    console.result(result)
    if _is_to_be_remembered(arguments, specs, layers):
        zips = [_zip(layer, console) for layer in layers]
        remember(arguments.words, console, Store(), looks=looks, zips=zips, result=fixed)
    if not all(layer.ok or layer.path is not None for layer in layers):
        return 1
    return _code(proofs or (), console)


def _check_sandbox_words(arguments: argparse.Namespace) -> None:
    for option in ("root", "engine", "image"):
        if getattr(arguments, option) is not None and not arguments.prove:
            raise UsageError(
                f"--{option} says where to prove, and nothing is to be proved", hint="add --prove"
            )


def _prove(
    specs: Sequence[LayerSpec],
    layers: Sequence[BuiltLayer],
    arguments: argparse.Namespace,
    console: Console,
) -> tuple[Proof | Unproved | None, ...]:
    from datetime import UTC, datetime

    from layerwright.run.prove_built import prove_built

    with progress_on(console) as progress:
        return prove_built(
            specs,
            layers,
            Store(),
            today=datetime.now(UTC).date(),
            wish=sandbox_wish(arguments),
            offline=arguments.offline,
            progress=progress,
        )


def _code(proofs: Sequence[Proof | Unproved | None], console: Console) -> int:
    """Return the exit code that proofs come to: a module that fails weighs more than a layer that nobody could try."""
    if not proofs:
        return 0
    from layerwright.run.prove_built import Unproved

    untold = [proof.error for proof in proofs if isinstance(proof, Unproved)]
    if console.quiet:
        for error in untold:
            console.fail(error)
    if any(proof is not None and not isinstance(proof, Unproved) and not proof.ok for proof in proofs):
        return 1
    return max((error.exit_code for error in untold), default=0)


def _looks(specs: Sequence[LayerSpec], arguments: argparse.Namespace) -> list[Look]:
    """Look at what the specifications name: locks, described targets, and whether the output is a folder."""
    locks = [spec.lock for spec in specs if spec.lock is not None]
    described = {spec.target.description for spec in specs if spec.target.description is not None}
    looks = look_at_contents((*locks, *sorted(described)))
    return looks if arguments.output is None else [*looks, look_for_folder(arguments.output)]


def _is_to_be_remembered(
    arguments: argparse.Namespace, specs: Sequence[LayerSpec], layers: Sequence[BuiltLayer]
) -> bool:
    """Whether the zips are all that the command came to, and follow from their locks alone; a proof does not."""
    if arguments.prove or arguments.sbom or arguments.unpacked or any(spec.lock is None for spec in specs):
        return False
    return all(layer.path and layer.recipe for layer in layers)


def _zip(layer: BuiltLayer, console: Console) -> Zip:
    """Return what a layer came to, and what is printed where it is written anew, or is there already."""
    from layerwright.report.build_text import layer_text
    from layerwright.targets.quotas import load_quotas

    written, unchanged = (
        layer_text(replace(layer, unchanged=there), load_quotas(), colour=console.colour)
        for there in (False, True)
    )
    return Zip(
        recipe=layer.recipe or "",
        path=str(layer.path),
        sha256=layer.sha256,
        zipped_bytes=layer.zipped_bytes,
        written=written,
        unchanged=unchanged,
    )


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
