"""Plans and results of shipping as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerwright.errors import LayerwrightError
    from layerwright.ship.plan import PublishPlan, RegionPlan
    from layerwright.ship.publish import PublishResult, RegionResult


def publish_json(plans: Sequence[PublishPlan], results: Sequence[PublishResult] | None) -> dict[str, Any]:
    """Return the plans, each region with its result; ``outcome`` is null where nothing was carried out."""
    of = {result.plan.name: result for result in results or ()}
    return {"schema_version": 1, "layers": [_layer(plan, of.get(plan.name)) for plan in plans]}


def _layer(plan: PublishPlan, result: PublishResult | None) -> dict[str, Any]:
    done = {region.region: region for region in result.regions} if result else {}
    return {
        "name": plan.name,
        "path": str(plan.file.path),
        "sha256": plan.file.sha256,
        "zipped_bytes": plan.file.zipped_bytes,
        "unzipped_bytes": plan.file.unzipped_bytes,
        "runtimes": list(plan.details.compatible.runtimes),
        "architectures": list(plan.details.compatible.architectures),
        "shared_with": [str(grant) for grant in plan.details.grants],
        "regions": [_region(region, done.get(region.region)) for region in plan.regions],
    }


def _region(region: RegionPlan, result: RegionResult | None) -> dict[str, Any]:
    version = result.version if result else region.existing
    problem = (result.problem if result else None) or region.problem
    return {
        "region": region.region,
        "action": region.action.value,
        "newest": region.newest,
        "bucket": region.bucket.name if region.bucket else None,
        "outcome": result.outcome.value if result else None,
        "version": version.version if version else None,
        "arn": version.arn if version else None,
        "error": _problem(problem),
    }


def _problem(problem: LayerwrightError | None) -> dict[str, Any] | None:
    return {"message": str(problem), "hint": problem.hint} if problem else None
