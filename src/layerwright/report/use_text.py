"""What ``use`` and ``prune`` will do and did, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layerwright.report.ship_text import problem_text

if TYPE_CHECKING:
    from layerwright.ship.prune import PrunePlan, PruneResult, VersionPlan
    from layerwright.ship.use import FunctionPlan, FunctionResult, UsePlan


def use_plan_text(plan: UsePlan, *, last: bool = True) -> str:
    """Return what will change for each function.

    Why one can't be changed is told here where this is the ``last`` that is told, and else with what came of it.
    """
    width = max(len(function.name) for function in plan.functions)
    lines = [plan.version.arn]
    for function in plan.functions:
        lines.append(f"  {function.name:<{width}}  {_will(function, last=last)}")
        lines.extend(f"  {'':<{width}}  note: {note}" for note in function.notes)
    return "\n".join(lines)


def _will(plan: FunctionPlan, *, last: bool) -> str:
    if plan.problem is not None:
        return f"can't be changed: {problem_text(plan.problem)}" if last else "can't be changed"
    before = plan.before.layers if plan.before else ()
    old = [arn for arn in before if arn not in plan.layers]
    names = {
        "add": f"gets it as its layer number {len(plan.layers)}",
        "replace": f"gets it in place of version {', '.join(arn.rpartition(':')[2] for arn in old)}",
        "nothing": "has it already",
    }
    return names[plan.change.value]


def use_text(results: Sequence[FunctionResult]) -> str:
    """Return what came of each function."""
    width = max(len(result.name) for result in results)
    return "\n".join(f"  {result.name:<{width}}  {_came(result)}" for result in results)


def _came(result: FunctionResult) -> str:
    if result.problem is not None:
        return f"failed: {problem_text(result.problem)}"
    if result.import_error is not None:
        return f"{result.stage.value}: it does not import ({result.import_error})"
    return f"{result.stage.value}{f' ({result.note})' if result.note else ''}"


def prune_plan_text(plans: Sequence[PrunePlan], *, last: bool = True) -> str:
    """Return what goes and what stays, and why.

    Why a region can't be asked is told here where this is the ``last`` that is told, and else with what came of it.
    """
    blocks: list[str] = []
    for plan in plans:
        blocks.append(f"{plan.name} in {plan.region}")
        if plan.problem is not None:
            blocks.append(f"  can't be asked: {problem_text(plan.problem)}" if last else "  can't be asked")
        elif not plan.versions:
            blocks.append("  there is no version")
        blocks.extend(f"  {item.version.version:>5}  {_fate(item)}" for item in plan.versions)
    return "\n".join(blocks)


def _fate(item: VersionPlan) -> str:
    if item.goes:
        return "delete"
    users = f" by {', '.join(item.users)}" if item.users else ""
    return f"keep: {item.reason.value}{f', used{users}' if users and item.reason.value != 'used' else users}"


def prune_text(results: Sequence[PruneResult]) -> str:
    """Return what was deleted."""
    lines = []
    for result in results:
        numbers = ", ".join(map(str, result.deleted)) or "nothing"
        then = f"deleted {numbers}; then failed" if result.deleted else "failed"
        failed = f"{then}: {problem_text(result.problem)}" if result.problem else f"deleted {numbers}"
        lines.append(f"  {result.region}  {failed}")
    return "\n".join(lines)
