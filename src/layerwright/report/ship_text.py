"""Plans and results of shipping as text: one line a region, and what is worth knowing under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerwright.report.build_text import size_text

if TYPE_CHECKING:
    from layerwright.errors import LayerwrightError
    from layerwright.ship.plan import PublishPlan, RegionPlan
    from layerwright.ship.publish import PublishResult, RegionResult


def plan_text(plan: PublishPlan, *, last: bool = True) -> str:
    """Return what publishing will do, region by region.

    Why a region can't be asked is told here where this is the ``last`` that is told, and else with what came of it.
    """
    compatible = plan.details.compatible
    file = plan.file
    head = [
        f"{plan.name}: {file.path} ({size_text(file.zipped_bytes)}, sha256 {file.sha256[:12]})",
        f"  for {', '.join(compatible.runtimes)} on {', '.join(compatible.architectures)}",
        f"  shared with {', '.join(map(str, plan.details.grants)) or 'nobody'}",
    ]
    width = max((len(region.region) for region in plan.regions), default=0)
    lines = [f"  {region.region:<{width}}  {_will(plan, region, last=last)}" for region in plan.regions]
    return "\n".join([*head, *lines])


def result_text(result: PublishResult) -> str:
    """Return what came of each region, with the ARN to use."""
    width = max((len(region.region) for region in result.regions), default=0)
    return "\n".join(f"  {region.region:<{width}}  {_came(region)}" for region in result.regions)


def _will(plan: PublishPlan, region: RegionPlan, *, last: bool) -> str:
    if region.problem is not None:
        return f"can't be asked: {problem_text(region.problem)}" if last else "can't be asked"
    shares = f", and share it with {_names(region)}" if region.grants else ""
    if region.existing is not None:
        other = _differs(plan, region)
        there = f"version {region.existing.version} has this content already"
        return f"{there}{f'; share it with {_names(region)}' if region.grants else ''}{other}"
    newest = "none is there yet" if region.newest is None else f"the newest there is version {region.newest}"
    way = ""
    if region.bucket is not None:
        way = f" through s3://{region.bucket.name}{' (to be made)' if region.bucket.to_make else ''}"
    return f"publish a version{way}{shares}; {newest}"


def _names(region: RegionPlan) -> str:
    return ", ".join(map(str, region.grants))


def _differs(plan: PublishPlan, region: RegionPlan) -> str:
    """Say where the version that is there was published as compatible with something else."""
    existing, wanted = region.existing, plan.details.compatible
    if existing is None:
        return ""
    there = (existing.runtimes, existing.architectures)
    if there == (tuple(sorted(wanted.runtimes)), tuple(sorted(wanted.architectures))):
        return ""
    names = ", ".join((*existing.runtimes, *existing.architectures)) or "nothing"
    return f" (published as compatible with {names}; --again publishes it anew)"


def _came(region: RegionResult) -> str:
    if region.problem is not None:
        where = f"version {region.version.version} is there, but " if region.version else ""
        return f"failed: {where}{problem_text(region.problem)}"
    arn = region.version.arn if region.version else ""
    return f"{region.outcome.value:<9}  {arn}"


def problem_text(problem: LayerwrightError) -> str:
    """Return an error with its hint in one line."""
    return f"{problem} — {problem.hint}" if problem.hint else str(problem)


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with their columns under each other."""
    if not rows:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
