"""Versions of a layer that nobody uses are deleted; one that a function uses, or that is shared, never is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from layerwright.errors import AwsError, UsageError
from layerwright.ship.aws import Aws
from layerwright.ship.lambda_service import LambdaRegion, ListedVersion


class Reason(StrEnum):
    """Why a version stays, or goes."""

    NEWEST = "among the newest"
    USED = "used"
    SHARED = "shared"
    UNUSED = "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPlan:
    """A version and what is to become of it; ``users`` are the functions (and their versions) that use it."""

    version: ListedVersion
    reason: Reason
    users: tuple[str, ...] = ()

    @property
    def goes(self) -> bool:
        """Whether it will be deleted."""
        return self.reason is Reason.UNUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunePlan:
    """The versions of a layer in one region, newest first; ``problem`` is why they could not be found out."""

    region: str
    name: str
    versions: tuple[VersionPlan, ...] = ()
    problem: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneResult:
    """The numbers of the versions that were deleted in one region, and what stopped it."""

    region: str
    deleted: tuple[int, ...]
    problem: AwsError | None = None


def plan_prune(
    name: str, aws: Aws, *, keep: int, regions: Sequence[str], shared_too: bool = False
) -> tuple[PrunePlan, ...]:
    """Return what will be deleted in each region: all but the ``keep`` newest, those in use, and those that are shared.

    Functions of other accounts can't be seen, so a shared version counts as used, unless ``shared_too``. Raises UsageError for
    a ``keep`` below one.
    """
    if keep < 1:
        raise UsageError(f"--keep {keep}: at least the newest version is kept")
    return tuple(
        _plan(LambdaRegion(aws, region), name, keep, shared_too) for region in dict.fromkeys(regions)
    )


def prune(plans: Sequence[PrunePlan], aws: Aws) -> tuple[PruneResult, ...]:
    """Delete what the plans say, oldest first; what a function began to use meanwhile is left alone."""
    return tuple(_prune(LambdaRegion(aws, plan.region), plan) for plan in plans)


def _plan(service: LambdaRegion, name: str, keep: int, shared_too: bool) -> PrunePlan:  # noqa: FBT001 - its caller's keyword
    try:
        # Versions first: a function that is moved to one after this listing is found by the second.
        versions = service.versions(name)
        users = _users(service)
        plans = [
            _judge(
                service, name, version, users.get(version.arn, ()), newest=place < keep, shared_too=shared_too
            )
            for place, version in enumerate(versions)
        ]
    except AwsError as error:
        return PrunePlan(region=service.region, name=name, problem=error)
    return PrunePlan(region=service.region, name=name, versions=tuple(plans))


def _judge(
    service: LambdaRegion,
    name: str,
    version: ListedVersion,
    users: tuple[str, ...],
    *,
    newest: bool,
    shared_too: bool,
) -> VersionPlan:
    if newest or users:
        reason = Reason.NEWEST if newest else Reason.USED
    elif not shared_too and service.policy(name, version.version):
        reason = Reason.SHARED
    else:
        reason = Reason.UNUSED
    return VersionPlan(version=version, reason=reason, users=users)


def _users(service: LambdaRegion) -> dict[str, tuple[str, ...]]:
    users: dict[str, set[str]] = {}
    for function in service.functions():
        label = function.arn.split(":function:", 1)[-1].removesuffix(":$LATEST")
        for arn in function.layers:
            users.setdefault(arn, set()).add(label)
    return {arn: tuple(sorted(names)) for arn, names in users.items()}


def _prune(service: LambdaRegion, plan: PrunePlan) -> PruneResult:
    if plan.problem is not None:
        return PruneResult(region=plan.region, deleted=(), problem=plan.problem)
    deleted: list[int] = []
    going = [item.version for item in reversed(plan.versions) if item.goes]
    try:
        users = _users(service) if going else {}
        for version in going:
            if version.arn not in users:
                service.delete_version(plan.name, version.version)
                deleted.append(version.version)
    except AwsError as error:
        return PruneResult(region=plan.region, deleted=tuple(deleted), problem=error)
    return PruneResult(region=plan.region, deleted=tuple(deleted))
