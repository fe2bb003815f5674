"""``layerwright prune``: delete versions of a layer that no function uses."""

from __future__ import annotations

import argparse
import json
from typing import Any, Final

from layerwright.cli.aws import add_aws_arguments, aws_from
from layerwright.cli.console import Console

EXAMPLES: Final = """\
examples:
  layerwright prune --name deps --keep 3 --dry-run
  layerwright prune --name deps --keep 3 --region us-east-1 --region eu-west-1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--name", required=True, metavar="NAME", help="the layer's name on AWS")
    parser.add_argument("--keep", type=int, required=True, metavar="N", help="how many of the newest stay")
    parser.add_argument(
        "--shared-too",
        action="store_true",
        help="delete versions shared with other accounts too, whose functions can't be seen",
    )
    parser.add_argument("--dry-run", action="store_true", help="stop after the plan")
    add_aws_arguments(parser, many_regions=True)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prune; returns 7 where a region failed."""
    from layerwright.report.use_text import prune_plan_text, prune_text
    from layerwright.ship.prune import plan_prune, prune

    aws = aws_from(arguments)
    plans = plan_prune(
        arguments.name,
        aws,
        keep=arguments.keep,
        regions=arguments.region or [aws.default_region()],
        shared_too=arguments.shared_too,
    )
    as_text = arguments.format == "text"
    shown = prune_plan_text(plans, last=arguments.dry_run)
    (console.result if as_text and arguments.dry_run else console.say)(shown)
    results = () if arguments.dry_run else prune(plans, aws)
    if as_text and results:
        console.result(prune_text(results))
    if not as_text:
        deleted = {result.region: result.deleted for result in results}
        regions: list[dict[str, Any]] = [
            {
                "region": plan.region,
                "versions": [
                    {
                        "version": item.version.version,
                        "arn": item.version.arn,
                        "keep": not item.goes,
                        "reason": item.reason.value,
                        "users": list(item.users),
                        "deleted": item.version.version in deleted.get(plan.region, ()),
                    }
                    for item in plan.versions
                ],
            }
            for plan in plans
        ]
        console.result(
            json.dumps({"schema_version": 1, "name": arguments.name, "regions": regions}, indent=2)
        )
    failed = any(plan.problem for plan in plans) or any(result.problem for result in results)
    return 7 if failed else 0
