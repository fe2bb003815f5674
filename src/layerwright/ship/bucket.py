"""The bucket by way of which a large zip goes to Lambda: one that is named, or one of ours that is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from layerwright.errors import AwsError
from layerwright.ship.aws import Aws

_ABSENT: Final = frozenset({"404", "NoSuchBucket", "NotFound"})
_OURS_ALREADY: Final = frozenset({"BucketAlreadyOwnedByYou"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket in the region of the layer; ``to_make`` where it is not there yet."""

    name: str
    to_make: bool


def plan_bucket(aws: Aws, region: str, *, named: str | None) -> Bucket:
    """Return the bucket to use: the one named, which has to be there, or ``layerwright-ACCOUNT-REGION``.

    Raises AwsError where the named one is missing, or stands in another region.
    """
    name = named.replace("{region}", region) if named else f"layerwright-{_account(aws, region)}-{region}"
    head = aws.call("s3", "head_bucket", region, absent=_ABSENT, Bucket=name)
    if head is None:
        if named:
            raise AwsError(
                f"s3:HeadBucket in {region}: the bucket {name} does not exist",
                hint="make it, or leave --bucket out and one is made",
            )
        return Bucket(name=name, to_make=True)
    place = head.get("BucketRegion") or _region_header(head)
    if place and place != region:
        raise AwsError(
            f"the bucket {name} is in {place}; Lambda in {region} takes a layer from a bucket in {region} alone",
            hint="name one bucket a region: --bucket 'my-layers-{region}'",
        )
    return Bucket(name=name, to_make=False)


def make_bucket(aws: Aws, region: str, bucket: Bucket) -> None:
    """Make the bucket where it is to be made, closed to the public; one that somebody made meanwhile is fine."""
    if not bucket.to_make:
        return
    place: dict[str, Any] = {}
    if region != "us-east-1":  # the one region that CreateBucket must not be told
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    aws.call("s3", "create_bucket", region, absent=_OURS_ALREADY, Bucket=bucket.name, **place)
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    aws.call(
        "s3",
        "put_public_access_block",
        region,
        Bucket=bucket.name,
        PublicAccessBlockConfiguration=dict.fromkeys(closed, True),
    )


def _account(aws: Aws, region: str) -> str:
    identity = aws.call("sts", "get_caller_identity", region) or {}
    return str(identity["Account"])


def _region_header(head: Mapping[str, Any]) -> str | None:
    headers: Mapping[str, str] = head.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers.get("x-amz-bucket-region")
