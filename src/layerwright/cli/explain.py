"""``layerwright explain``: what a check means, or what an error message of Lambda says and where it comes from."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.cli.console import Console
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.checks.result import CheckResult

EXAMPLES: Final = """\
examples:
  layerwright explain elf-missing-library
  layerwright explain "No module named 'psycopg2._psycopg'" layer.zip --target python3.11-x86_64
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "subject", metavar="ID-OR-ERROR", help="a check's id, or the message from Lambda's log"
    )
    parser.add_argument("layers", nargs="*", metavar="LAYER", help="the layers that the message came from")
    parser.add_argument("-t", "--target", metavar="T", help="the runtime that it came from")
    parser.add_argument("--function", metavar="PATH", help="the function's code")
    parser.add_argument("--handler", metavar="NAME")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Explain; what is found in the layers is the answer, and not a failure."""
    from layerwright.checks.explain import explain_message, find_check
    from layerwright.report.explain_text import explanation_json, explanation_text, page_text, rules_json

    check = find_check(arguments.subject)
    if check is not None:
        console.result(rules_json([check]) if arguments.format == "json" else page_text(check))
        return 0
    result = _judged(arguments)
    explanation = explain_message(arguments.subject, result)
    if arguments.format == "json":
        console.result(explanation_json(explanation))
    else:
        console.result(explanation_text(explanation, judged=result is not None, colour=console.colour))
    return 0


def _judged(arguments: argparse.Namespace) -> CheckResult | None:
    """Return what the checks say of the layers, None where none was given."""
    if not arguments.layers and arguments.function is None:
        return None
    if arguments.target is None:
        raise UsageError(
            "a layer can be looked into for one target only", hint="name it: --target python3.11-x86_64"
        )
    from layerwright.checks.question import Question
    from layerwright.checks.verify import judge_contents, read_contents
    from layerwright.targets.target import parse_target
    from layerwright.wheels.store import Store

    question = Question(
        layers=tuple(map(Path, arguments.layers)),
        function=Path(arguments.function) if arguments.function else None,
        handler=arguments.handler,
    )
    contents = read_contents(question, Store())
    return judge_contents(contents, question, parse_target(arguments.target), datetime.now(UTC).date()).result
