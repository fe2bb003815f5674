"""``layerwright use``: functions get a version of a layer, and go back where it does not import."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from layerwright.cli.aws import add_aws_arguments, aws_from
from layerwright.cli.console import Console
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.ship.use import FunctionResult, UsePlan

EXAMPLES: Final = """\
examples:
  layerwright use deps:7 --function document-processor --function book-upload
  layerwright use deps --function document-processor --rollback     # the newest; back where it does not import
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("version", metavar="LAYER:VERSION", help="deps:7, deps (the newest), or an ARN")
    parser.add_argument(
        "--function", action="append", required=True, metavar="F", help="name or ARN; may be given again"
    )
    parser.add_argument(
        "--invoke", action="store_true", help="invoke each function once, to see that it imports"
    )
    parser.add_argument(
        "--rollback",
        action="store_true",
        help="--invoke, and put back the layers it had where it does not import",
    )
    parser.add_argument("--event", metavar="FILE", help="the event to invoke with (default: {})")
    parser.add_argument("--dry-run", action="store_true", help="stop after the plan")
    add_aws_arguments(parser, many_regions=False)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Move the functions; returns 1 where one does not import, 7 where AWS refused one."""
    from layerwright.report.use_text import use_plan_text, use_text
    from layerwright.ship.use import Stage, Trial, plan_use, region_of, use

    aws = aws_from(arguments)
    region = arguments.region or region_of(arguments.version) or aws.default_region()
    plan = plan_use(arguments.version, arguments.function, aws, region=region)
    trial = None
    if arguments.invoke or arguments.rollback:
        trial = Trial(event=_event(arguments.event), rollback=arguments.rollback)
    as_text = arguments.format == "text"
    shown = use_plan_text(plan, last=arguments.dry_run)
    (console.result if as_text and arguments.dry_run else console.say)(shown)
    results: tuple[FunctionResult, ...] = ()
    if not arguments.dry_run:
        results = use(plan, aws, trial=trial)
        if as_text:
            console.result(use_text(results))
    if not as_text:
        console.result(json.dumps(_as_json(plan, results), indent=2))
    if any(function.problem for function in plan.functions) or any(result.problem for result in results):
        return 7
    return 1 if any(result.stage in (Stage.BROKEN, Stage.ROLLED_BACK) for result in results) else 0


def _event(path: str | None) -> bytes:
    if path is None:
        return b"{}"
    try:
        data = Path(path).read_bytes()
        json.loads(data)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error
    return data


def _as_json(plan: UsePlan, results: Sequence[FunctionResult]) -> dict[str, Any]:
    of = {result.name: result for result in results}
    functions = []
    for function in plan.functions:
        result = of.get(function.name)
        problem = function.problem or (result.problem if result else None)
        functions.append(
            {
                "name": function.name,
                "change": function.change.value,
                "before": list(function.before.layers) if function.before else [],
                "layers": list(function.layers),
                "notes": list(function.notes),
                "outcome": result.stage.value if result else None,
                "import_error": result.import_error if result else None,
                "error": {"message": str(problem), "hint": problem.hint} if problem else None,
            }
        )
    return {"schema_version": 1, "region": plan.region, "version": plan.version.arn, "functions": functions}
