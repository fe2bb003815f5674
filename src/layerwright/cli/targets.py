"""``layerwright targets``: the runtimes and architectures, and what is known of them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Final

from layerwright.cli.console import Console
from layerwright.report.targets import targets_json, targets_text
from layerwright.targets.listing import list_targets

EXAMPLES: Final = """\
examples:
  layerwright targets
  layerwright targets --format json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the listing."""
    rows = list_targets(datetime.now(UTC).date())
    console.result(targets_json(rows) if arguments.format == "json" else targets_text(rows))
    return 0
