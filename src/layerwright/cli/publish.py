"""``layerwright publish``: check a layer, plan what changes in which region, and carry it out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.cli.aws import add_aws_arguments, aws_from
from layerwright.cli.console import Console
from layerwright.cli.progress import progress_on
from layerwright.errors import UsageError

if TYPE_CHECKING:
    from layerwright.ship.plan import PublishPlan
    from layerwright.ship.prepare import Prepared
    from layerwright.ship.publish import PublishResult

EXAMPLES: Final = """\
examples:
  layerwright publish layer.zip --name deps --region us-east-1 --region eu-west-1
  layerwright publish layer.zip --name deps --share 111122223333 --dry-run
  layerwright publish --all              # what [tool.layerwright] declares
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("layer", nargs="?", metavar="LAYER", help="a zip")
    parser.add_argument(
        "--all", action="store_true", help="build and publish every layer that configuration declares"
    )
    parser.add_argument("--name", metavar="NAME", help="the layer's name on AWS")
    parser.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="T",
        help="what it has to work on; may be given again (default: what configuration builds it for, or else every runtime that it is fit for)",
    )
    parser.add_argument("--description", default="", metavar="TEXT")
    parser.add_argument("--license", default="", metavar="L", help="an SPDX expression, a URL, or a text")
    parser.add_argument(
        "--share",
        action="append",
        default=[],
        metavar="WHO",
        help="an account, an organisation (o-...) or everyone; may be given again (default: nobody)",
    )
    parser.add_argument(
        "--bucket", metavar="B", help="for zips above 50 MB; may hold {region} (default: one is made)"
    )
    parser.add_argument("--again", action="store_true", help="publish even where the same content is there")
    parser.add_argument("--dry-run", action="store_true", help="stop after the plan")
    parser.add_argument("--allow-findings", action="store_true", help="publish in spite of error findings")
    add_aws_arguments(parser, many_regions=True)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Publish; returns 1 where a layer was refused for its findings, 7 where a region failed."""
    from layerwright.report.ship_text import plan_text, result_text
    from layerwright.ship.plan import plan_publish
    from layerwright.ship.publish import publish

    prepared = _prepared(arguments, console)
    if any(_refused(one, arguments, console) for one in prepared):
        return 1
    aws = aws_from(arguments)
    plans: list[PublishPlan] = []
    results: list[PublishResult] = []
    for one in prepared:
        plan = plan_publish(
            one.file,
            one.details,
            aws,
            name=one.name,
            regions=arguments.region or one.regions or [aws.default_region()],
            bucket=arguments.bucket or one.bucket,
            again=arguments.again,
        )
        plans.append(plan)
        _say(plan_text(plan, last=arguments.dry_run), arguments, console, result=arguments.dry_run)
        if not arguments.dry_run:
            with progress_on(console) as progress:
                results.append(publish(plan, aws, progress=progress))
            _say(result_text(results[-1]), arguments, console, result=True)
    if arguments.format == "json":
        from layerwright.report.ship_json import publish_json

        console.result(json.dumps(publish_json(plans, None if arguments.dry_run else results), indent=2))
    if arguments.dry_run:
        return 7 if any(region.problem for plan in plans for region in plan.regions) else 0
    return 0 if all(result.ok for result in results) else 7


def _say(text: str, arguments: argparse.Namespace, console: Console, *, result: bool) -> None:
    if arguments.format == "text" and result:
        console.result(text)
    else:
        console.say(text)


def _prepared(arguments: argparse.Namespace, console: Console) -> Sequence[Prepared]:
    from layerwright.cli.judging import judging_from, targets_for
    from layerwright.ship.prepare import prepare_file

    if arguments.all == bool(arguments.layer):
        raise UsageError("what is to be published?", hint="name a zip and --name, or say --all")
    if arguments.all:
        return _declared(arguments, console)
    if not arguments.name:
        raise UsageError("under which name?", hint=f"--name {Path(arguments.layer).stem}")
    return [
        prepare_file(
            Path(arguments.layer),
            name=arguments.name,
            targets=targets_for(Path(arguments.layer), arguments.target),
            judging=judging_from(Path.cwd()),
            description=arguments.description,
            license_text=arguments.license,
            share=arguments.share,
        )
    ]


def _declared(arguments: argparse.Namespace, console: Console) -> Sequence[Prepared]:
    """Build what configuration declares, and return it ready to be planned."""
    from layerwright.cli import build
    from layerwright.cli.inputs import layer_specs
    from layerwright.cli.judging import judging_from
    from layerwright.pipeline.build import build_layers
    from layerwright.pipeline.declaration import find_configuration, read_configuration
    from layerwright.pipeline.spec import BuildSettings
    from layerwright.ship.prepare import prepare_built
    from layerwright.ship.settings import publish_settings

    for option in ("name", "target", "description", "license", "share"):
        if getattr(arguments, option):
            raise UsageError(f"--all takes {option} from [tool.layerwright.publish], not from --{option}")
    path = find_configuration(Path.cwd())
    if path is None:
        raise UsageError(
            "no layerwright.toml or [tool.layerwright] was found", hint="name a zip instead of --all"
        )
    settings = publish_settings(read_configuration(path))
    parser = argparse.ArgumentParser()
    build.add_arguments(parser)
    specs = layer_specs(parser.parse_args([]))
    judging = judging_from(path.parent)
    with progress_on(console) as progress:
        build_settings = BuildSettings(
            store=judging.store,
            today=judging.today.isoformat(),
            allow_findings=arguments.allow_findings,
            progress=progress,
        )
        layers = build_layers(specs, build_settings)
    count = {spec.name: sum(other.name == spec.name for other in specs) for spec in specs}
    console.detail(f"{len(layers)} layers built from {path}")
    return [
        prepare_built(
            layer,
            settings,
            name=settings.name_for(spec.name, spec.target, of=count[spec.name]),
            judging=judging,
        )
        for spec, layer in zip(specs, layers, strict=True)
    ]


def _refused(one: Prepared, arguments: argparse.Namespace, console: Console) -> bool:
    """Say what stands against publishing, and tell whether it is refused for it."""
    for line in one.against:
        console.say(line)
    if one.against and not arguments.allow_findings:
        console.say(
            f"{one.file.path} is not published: see the findings; --allow-findings publishes it all the same"
        )
        return True
    return False
