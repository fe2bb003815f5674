"""``layerwright prove``: import every module for real, in the closest environment at hand."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.cli.console import Console
from layerwright.cli.sandbox import add_sandbox_arguments, sandbox_wish
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.run.proof import Proof

EXAMPLES: Final = """\
examples:
  layerwright prove layer.zip --target python3.11-x86_64
  layerwright prove base.zip app.zip --target python3.9-arm64 --root DIR
  layerwright prove layer.zip --target python3.12-arm64 --engine podman
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "layers", nargs="+", type=Path, metavar="LAYER", help="a zip or a folder, in the function's order"
    )
    parser.add_argument("-t", "--target", required=True, metavar="T", help="such as python3.11-x86_64")
    parser.add_argument(
        "--function", type=Path, metavar="PATH", help="the function's code, which is imported too"
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="for one import (default: 60)"
    )
    parser.add_argument(
        "--memory", type=int, default=3008, metavar="MB", help="what one import may hold (default: 3008)"
    )
    parser.add_argument("--offline", action="store_true", help="open no connection")
    add_sandbox_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prove; returns 1 where a module that matters does not import."""
    proof = _prove(arguments, console)
    if arguments.format == "json":
        console.result(json.dumps(proof.as_json(), indent=2))
    else:
        from layerwright.report.prove_text import prove_text

        console.result(prove_text(proof, verbose=console.verbose > 0))
    return 0 if proof.ok else 1


def _prove(arguments: argparse.Namespace, console: Console) -> Proof:
    from layerwright.run.function import MEMORY_MB
    from layerwright.run.proving import prove_paths
    from layerwright.targets.target import parse_target
    from layerwright.wheels.store import Store

    if not arguments.timeout > 0:
        raise UsageError(f"--timeout is {arguments.timeout:g}: an import takes more than no time")
    if arguments.memory not in MEMORY_MB:
        raise UsageError(f"--memory is {arguments.memory} MB, Lambda takes 128 to 10240")
    return prove_paths(
        arguments.layers,
        parse_target(arguments.target),
        Store(),
        function=arguments.function,
        wish=sandbox_wish(arguments),
        timeout_s=arguments.timeout,
        memory_mb=arguments.memory,
        offline=arguments.offline,
        today=datetime.now(UTC).date(),
        on_note=console.detail,
    )
