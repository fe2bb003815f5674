"""The options of every command that asks AWS."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layerwright.ship.aws import Aws


def add_aws_arguments(parser: argparse.ArgumentParser, *, many_regions: bool) -> None:
    """Declare region, profile and endpoint."""
    group = parser.add_argument_group("AWS (boto3's own rules; these come first)")
    if many_regions:
        group.add_argument(
            "--region",
            action="append",
            default=[],
            metavar="R",
            help="may be given again (default: AWS_DEFAULT_REGION, AWS_REGION, or the profile's)",
        )
    else:
        group.add_argument(
            "--region", metavar="R", help="default: AWS_DEFAULT_REGION, AWS_REGION, or the profile's"
        )
    group.add_argument("--profile", metavar="P", help="default: AWS_PROFILE")
    group.add_argument("--endpoint-url", metavar="URL", help="default: AWS_ENDPOINT_URL, or AWS itself")


def aws_from(arguments: argparse.Namespace) -> Aws:
    """Return the account that the options name."""
    from layerwright.ship.aws import Aws

    return Aws(profile=arguments.profile, endpoint_url=arguments.endpoint_url)
