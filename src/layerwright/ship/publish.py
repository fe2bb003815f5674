"""A plan carried out: every region by itself, side by side; what failed in one is told, and the others stay whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from layerwright.errors import AwsError, LayerwrightError, UsageError
from layerwright.progress import Progress, Silent
from layerwright.ship.aws import Aws
from layerwright.ship.bucket import Bucket, make_bucket
from layerwright.ship.lambda_service import LambdaRegion, LayerVersion
from layerwright.ship.plan import MOST_REGIONS_AT_ONCE, Action, LayerFile, PublishPlan, RegionPlan


class Outcome(StrEnum):
    """What came of a region."""

    PUBLISHED = "published"
    THERE = "there"
    """The same content was there already, or another process brought it at the same time."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionResult:
    """What came of one region; ``version`` is the one that has the content, ``problem`` why there is none or why it isn't shared."""

    region: str
    outcome: Outcome
    version: LayerVersion | None = None
    problem: LayerwrightError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    """What came of each region, in the plan's order; ``against`` is what speaks against publishing, where that was heeded."""

    plan: PublishPlan
    regions: tuple[RegionResult, ...]
    against: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every region has the content, shared as planned."""
        return not self.against and all(region.problem is None for region in self.regions)


def publish(plan: PublishPlan, aws: Aws, *, progress: Progress | None = None) -> PublishResult:
    """Carry out a plan. A run after one that failed in part does what is left."""
    watched = progress or Silent()
    with ThreadPoolExecutor(max_workers=MOST_REGIONS_AT_ONCE) as pool:
        results = pool.map(lambda region: _publish_region(plan, region, aws, watched), plan.regions)
        return PublishResult(plan=plan, regions=tuple(results))


def _publish_region(plan: PublishPlan, region: RegionPlan, aws: Aws, progress: Progress) -> RegionResult:
    if region.action is Action.FAILED:
        return RegionResult(region=region.region, outcome=Outcome.FAILED, problem=region.problem)
    service = LambdaRegion(aws, region.region)
    version = region.existing
    outcome = Outcome.THERE
    try:
        if version is None:
            published = _publish_version(plan, region, aws, service, progress)
            version = _settle(service, plan, region, published)
            outcome = Outcome.PUBLISHED if version == published else Outcome.THERE
        for grant in region.grants:
            service.grant(plan.name, version.version, grant)
    except LayerwrightError as error:
        return RegionResult(region=region.region, outcome=Outcome.FAILED, version=version, problem=error)
    return RegionResult(region=region.region, outcome=outcome, version=version)


def _publish_version(
    plan: PublishPlan, region: RegionPlan, aws: Aws, service: LambdaRegion, progress: Progress
) -> LayerVersion:
    details = plan.details
    with _content(plan.file, plan.name, region, aws, progress) as content:
        published = service.publish(
            plan.name,
            content,
            Description=details.description,
            LicenseInfo=details.license,
            CompatibleRuntimes=list(details.compatible.runtimes),
            CompatibleArchitectures=list(details.compatible.architectures),
        )
    if published.sha256 != plan.file.sha256:
        service.delete_version(plan.name, published.version)
        raise AwsError(
            f"{region.region} received other bytes than were sent: sha256 {published.sha256}, expected "
            f"{plan.file.sha256}; version {published.version} was deleted",
            hint="the zip changed while it was uploaded? run it again",
        )
    return published


@contextmanager
def _content(
    file: LayerFile, name: str, region: RegionPlan, aws: Aws, progress: Progress
) -> Iterator[Mapping[str, Any]]:
    """Yield what PublishLayerVersion takes; an object that was made for it is gone afterwards."""
    if region.bucket is None:
        yield {"ZipFile": _read(file)}
        return
    bucket: Bucket = region.bucket
    make_bucket(aws, region.region, bucket)
    # A key of its own for each upload: what another process published meanwhile can't take it away.
    key = f"layerwright/{name}/{file.sha256}-{os.urandom(4).hex()}.zip"
    step = f"upload to {region.region}"
    progress.begin(step, file.zipped_bytes)
    try:
        aws.upload(file.path, bucket.name, key, region.region, lambda amount: progress.advance(step, amount))
        yield {"S3Bucket": bucket.name, "S3Key": key}
    finally:
        progress.end(step)
        # The object was only the way; where it can't be deleted, what went wrong before it is worth more.
        with suppress(AwsError):
            aws.call("s3", "delete_object", region.region, Bucket=bucket.name, Key=key)


def _read(file: LayerFile) -> bytes:
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise UsageError(f"{file.path} can't be read: {error.strerror}") from error


def _settle(
    service: LambdaRegion, plan: PublishPlan, region: RegionPlan, published: LayerVersion
) -> LayerVersion:
    """Return the version that stands where several processes published the same content at once: the lowest.

    Lambda has no conditional publish. Each process looks once more after its own, and takes its version back where
    a lower one, newer than the plan, has the same content.
    """
    before = region.newest or 0
    meanwhile = [
        listed
        for listed in reversed(service.versions(plan.name))
        if before < listed.version < published.version
    ]
    lower = service.find(plan.name, published.sha256, among=meanwhile)
    if lower is None:
        return published
    service.delete_version(plan.name, published.version)
    return lower
