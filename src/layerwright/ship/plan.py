"""What publishing a layer will do, region by region, as a value; making the plan changes nothing on AWS."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from layerwright.errors import AwsError, UsageError
from layerwright.layer.read import Layer
from layerwright.ship.aws import Aws
from layerwright.ship.bucket import Bucket, plan_bucket
from layerwright.ship.judge import Compatibility
from layerwright.ship.lambda_service import LambdaRegion, LayerVersion
from layerwright.ship.layer_name import require_layer_name
from layerwright.ship.sharing import Grant
from layerwright.targets.quotas import load_quotas

MOST_REGIONS_AT_ONCE: Final = 8
_DESCRIPTION_LENGTH: Final = 256
_LICENSE_LENGTH: Final = 512


class Action(StrEnum):
    """What will happen in a region."""

    PUBLISH = "publish"
    SHARE = "share"
    """The content is there; permissions are missing."""
    NOTHING = "nothing"
    FAILED = "failed"
    """What is there could not be found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFile:
    """A zip to publish; ``sha256`` is in hex."""

    path: Path
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a version is published with, besides its bytes."""

    compatible: Compatibility
    description: str = ""
    license: str = ""
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionPlan:
    """What is in a region and what will change there.

    ``newest`` is the number of the newest version there is; ``existing`` the version that has the same content already;
    ``bucket`` the way of a zip too large for a direct upload; ``grants`` the permissions that will be added; ``problem`` why the
    region could not be asked.
    """

    region: str
    newest: int | None = None
    existing: LayerVersion | None = None
    bucket: Bucket | None = None
    grants: tuple[Grant, ...] = ()
    problem: AwsError | None = None

    @property
    def action(self) -> Action:
        """What will happen."""
        if self.problem is not None:
            return Action.FAILED
        if self.existing is None:
            return Action.PUBLISH
        return Action.SHARE if self.grants else Action.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPlan:
    """What publishing one layer will do."""

    name: str
    file: LayerFile
    details: Details
    regions: tuple[RegionPlan, ...]


def layer_file(path: Path, layer: Layer) -> LayerFile:
    """Return the zip that was read as ``layer``; raises UsageError where it is a folder."""
    if layer.sha256 is None or layer.zipped_bytes is None:
        raise UsageError(f"{path} is a folder; AWS takes a zip", hint="layerwright build writes one")
    return LayerFile(
        path=path,
        sha256=layer.sha256,
        zipped_bytes=layer.zipped_bytes,
        unzipped_bytes=layer.tree.unzipped_bytes,
    )


def plan_publish(
    file: LayerFile,
    details: Details,
    aws: Aws,
    *,
    name: str,
    regions: Sequence[str],
    bucket: str | None = None,
    again: bool = False,
) -> PublishPlan:
    """Return what publishing will do in each region; a region that can't be asked is a problem of its own.

    ``bucket`` may hold ``{region}``. With ``again`` the same content is published once more. Raises UsageError for what AWS
    would refuse anywhere: a name, a description, a number of runtimes.
    """
    require_layer_name(name)
    _require_details(details)
    with ThreadPoolExecutor(max_workers=MOST_REGIONS_AT_ONCE) as pool:
        plans = pool.map(
            lambda region: _plan_region(
                LambdaRegion(aws, region), aws, file, details, name=name, bucket=bucket, again=again
            ),
            dict.fromkeys(regions),
        )
        return PublishPlan(name=name, file=file, details=details, regions=tuple(plans))


def _plan_region(
    service: LambdaRegion,
    aws: Aws,
    file: LayerFile,
    details: Details,
    *,
    name: str,
    bucket: str | None,
    again: bool,
) -> RegionPlan:
    region = service.region
    try:
        versions = service.versions(name)
        existing = None if again else service.find(name, file.sha256, among=versions)
        newest = versions[0].version if versions else None
        if existing is None:
            way = None
            if file.zipped_bytes > load_quotas().zipped_upload_bytes:
                way = plan_bucket(aws, region, named=bucket)
            return RegionPlan(region=region, newest=newest, bucket=way, grants=details.grants)
        grants = missing_grants(service, name, existing.version, details.grants)
        return RegionPlan(region=region, newest=newest, existing=existing, grants=grants)
    except AwsError as error:
        return RegionPlan(region=region, problem=error)


def missing_grants(
    service: LambdaRegion, name: str, version: int, wanted: Sequence[Grant]
) -> tuple[Grant, ...]:
    """Return those permissions that the version's policy does not give yet."""
    if not wanted:
        return ()
    given = {statement.get("Sid") for statement in service.policy(name, version)}
    return tuple(grant for grant in wanted if grant.statement not in given)


def _require_details(details: Details) -> None:
    quotas = load_quotas()
    runtimes = details.compatible.runtimes
    if len(runtimes) > quotas.layer_compatible_runtimes:
        raise UsageError(
            f"a version has at most {quotas.layer_compatible_runtimes} compatible runtimes, not {len(runtimes)}"
        )
    for what, text, most in (
        ("description", details.description, _DESCRIPTION_LENGTH),
        ("license", details.license, _LICENSE_LENGTH),
    ):
        if len(text) > most:
            raise UsageError(f"the {what} has {len(text)} characters; AWS takes {most}")
