"""The verbs that ship, as functions of paths and names: what ``layerwright`` itself exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from layerwright.ship.aws import Aws
from layerwright.ship.emit.kinds import emit as emit_kind
from layerwright.ship.emit.layer import emitted_layer
from layerwright.ship.judge import Judging, compatibility, judge_zip
from layerwright.ship.plan import PublishPlan, plan_publish
from layerwright.ship.prepare import prepare_file
from layerwright.ship.prune import PruneResult, plan_prune
from layerwright.ship.prune import prune as prune_planned
from layerwright.ship.publish import PublishResult
from layerwright.ship.publish import publish as publish_planned
from layerwright.ship.use import FunctionResult, Trial, plan_use, region_of
from layerwright.ship.use import use as use_planned
from layerwright.targets.quotas import load_quotas
from layerwright.targets.target import parse_target
from layerwright.wheels.store import Store


def publish(
    layer: Path,
    *,
    name: str,
    regions: Sequence[str] = (),
    targets: Sequence[str] = (),
    description: str = "",
    license_text: str = "",
    share: Sequence[str] = (),
    bucket: str | None = None,
    again: bool = False,
    allow_findings: bool = False,
    aws: Aws | None = None,
    store: Store | None = None,
) -> PublishResult:
    """Check a zip and publish it in each region, boto3's default one without any.

    With findings against it nothing is asked of AWS, unless ``allow_findings``, and ``against`` of what is returned has them. A
    region that failed is in the result. Raises UsageError for what AWS would refuse anywhere.
    """
    account = aws or Aws()
    prepared = prepare_file(
        layer,
        name=name,
        targets=targets,
        judging=_judging(store),
        description=description,
        license_text=license_text,
        share=share,
    )
    if prepared.against and not allow_findings:
        nothing = PublishPlan(name=name, file=prepared.file, details=prepared.details, regions=())
        return PublishResult(plan=nothing, regions=(), against=prepared.against)
    plan = plan_publish(
        prepared.file,
        prepared.details,
        account,
        name=name,
        regions=tuple(regions) or (account.default_region(),),
        bucket=bucket,
        again=again,
    )
    return publish_planned(plan, account)


def use(
    version: str,
    functions: Sequence[str],
    *,
    region: str | None = None,
    trial: Trial | None = None,
    aws: Aws | None = None,
) -> tuple[FunctionResult, ...]:
    """Give functions a version of a layer (``deps:7``, ``deps`` or an ARN), and wait until they have it.

    With ``trial`` each is invoked once. Raises AwsError where there is no such version.
    """
    account = aws or Aws()
    plan = plan_use(
        version, functions, account, region=region or region_of(version) or account.default_region()
    )
    return use_planned(plan, account, trial=trial)


def prune(
    name: str,
    *,
    keep: int,
    regions: Sequence[str] = (),
    shared_too: bool = False,
    aws: Aws | None = None,
) -> tuple[PruneResult, ...]:
    """Delete versions of a layer that are neither among the newest, nor used, nor shared."""
    account = aws or Aws()
    where = tuple(regions) or (account.default_region(),)
    return prune_planned(plan_prune(name, account, keep=keep, regions=where, shared_too=shared_too), account)


def emit(
    kind: str, layer: Path, *, name: str, targets: Sequence[str] = (), store: Store | None = None
) -> str:
    """Return infrastructure code for a zip: a kind of ``layerwright.ship.emit.kinds``.

    Without ``targets`` it is for those of Lambda's that the checks find it fit for.
    """
    named = [parse_target(text) for text in targets]
    judged = judge_zip(layer, named, _judging(store))
    fit = compatibility(named or judged.fit, most_runtimes=load_quotas().layer_compatible_runtimes)
    return emit_kind(kind, [emitted_layer(name, layer, judged.layer, fit)])


def _judging(store: Store | None) -> Judging:
    return Judging(today=datetime.now(UTC).date(), store=store or Store())
