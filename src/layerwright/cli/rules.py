"""``layerwright rules``: the catalogue of checks."""

from __future__ import annotations

import argparse
from typing import Final

from layerwright.cli.console import Console

EXAMPLES: Final = """\
examples:
  layerwright rules
  layerwright rules --format json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the catalogue."""
    from layerwright.checks.catalogue import CATALOGUE
    from layerwright.report.explain_text import rules_json, rules_text

    console.result(rules_json(CATALOGUE) if arguments.format == "json" else rules_text(CATALOGUE))
    return 0
