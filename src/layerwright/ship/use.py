"""Functions are given a version of a layer: planned, carried out, waited for, tried, and put back where it does not import."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from layerwright.errors import AwsError, UsageError
from layerwright.ship.aws import Aws
from layerwright.ship.lambda_service import Answer, Function, LambdaRegion, LayerVersion
from layerwright.ship.layer_name import is_layer_arn, parse_layer_arn, parse_layer_reference
from layerwright.targets.quotas import load_quotas

_WAIT_S: Final = 300.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0


class Change(StrEnum):
    """What will happen to a function's list of layers."""

    ADD = "add"
    REPLACE = "replace"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPlan:
    """What a function has, and the layers that it will have; ``notes`` are worth knowing, ``problem`` is why it can't be."""

    name: str
    change: Change
    before: Function | None = None
    layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePlan:
    """Which version which functions will use."""

    region: str
    version: LayerVersion
    functions: tuple[FunctionPlan, ...]


class Stage(StrEnum):
    """Where a function ended."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ROLLED_BACK = "rolled back"
    BROKEN = "broken"
    """It does not import, and nobody asked to put it back."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResult:
    """What came of one function.

    ``import_error`` is what Lambda said where the function does not import; ``note`` is what else its invocation said.
    """

    name: str
    stage: Stage
    import_error: str | None = None
    note: str | None = None
    problem: AwsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a function is tried after its update: invoked once with ``event``, and put back where it does not import."""

    event: bytes = b"{}"
    rollback: bool = True


def plan_use(reference: str, functions: Sequence[str], aws: Aws, *, region: str) -> UsePlan:
    """Return what giving the functions a version will change; ``reference`` is ``deps:7``, ``deps`` or an ARN.

    Raises AwsError where there is no such version, and UsageError where the reference makes no sense.
    """
    service = LambdaRegion(aws, region)
    version = _find(service, reference)
    return UsePlan(
        region=region,
        version=version,
        functions=tuple(_plan_function(service, version, name) for name in dict.fromkeys(functions)),
    )


def region_of(reference: str) -> str | None:
    """Return the region that a reference names: that of an ARN, None for ``deps:7``."""
    return parse_layer_arn(reference).region if is_layer_arn(reference) else None


def use(
    plan: UsePlan,
    aws: Aws,
    *,
    trial: Trial | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[FunctionResult, ...]:
    """Carry out a plan, function by function; each stands by itself. With ``trial`` each is invoked once."""
    service = LambdaRegion(aws, plan.region)
    return tuple(_use(service, function, trial, sleep) for function in plan.functions)


def _find(service: LambdaRegion, reference: str) -> LayerVersion:
    if is_layer_arn(reference):
        arn = parse_layer_arn(reference)
        if arn.region != service.region:
            raise UsageError(
                f"{arn} is in {arn.region}; a function in {service.region} can't use it",
                hint=f"--region {arn.region}, or publish the layer in {service.region}",
            )
        return service.version_by_arn(str(arn))
    named = parse_layer_reference(reference)
    number = named.version
    if number is None:
        versions = service.versions(named.name)
        number = versions[0].version if versions else None
    version = None if number is None else service.version(named.name, number)
    if version is None:
        raise AwsError(
            f"there is no version {number or ''} of the layer {named.name} in {service.region}".replace(
                "  ", " "
            ),
            hint=f"`layerwright publish layer.zip --name {named.name} --region {service.region}` makes one",
        )
    return version


def _plan_function(service: LambdaRegion, version: LayerVersion, name: str) -> FunctionPlan:
    try:
        function = service.function(name)
        layers = _layers_with(function, version)
    except AwsError as error:
        return FunctionPlan(name=name, change=Change.FAILED, problem=error)
    change = Change.REPLACE if len(layers) == len(function.layers) else Change.ADD
    return FunctionPlan(
        name=name,
        change=Change.NOTHING if layers == function.layers else change,
        before=function,
        layers=layers,
        notes=_mismatches(function, version),
    )


def _layers_with(function: Function, version: LayerVersion) -> tuple[str, ...]:
    """Return the function's layers with the version in the place of another of the same layer, or else last.

    Raises AwsError where a function can't have it.
    """
    if function.runtime is None:
        raise AwsError(f"{function.name} is a container image; layers are for functions from a zip")
    base = version.arn.rpartition(":")[0]
    if any(arn.rpartition(":")[0] == base for arn in function.layers):
        return tuple(version.arn if arn.rpartition(":")[0] == base else arn for arn in function.layers)
    most = load_quotas().layers
    if len(function.layers) >= most:
        raise AwsError(
            f"{function.name} has {len(function.layers)} layers already, and {most} is the most",
            hint="put two of them together, or take one out",
        )
    return (*function.layers, version.arn)


def _mismatches(function: Function, version: LayerVersion) -> tuple[str, ...]:
    """Say where a version was not published for what the function is; Lambda itself does not look."""
    notes = []
    if version.runtimes and function.runtime not in version.runtimes:
        notes.append(f"it runs on {function.runtime}, and the layer is for {', '.join(version.runtimes)}")
    if version.architectures and function.architecture not in version.architectures:
        notes.append(
            f"it runs on {function.architecture}, and the layer is for {', '.join(version.architectures)}"
        )
    return tuple(notes)


def _use(
    service: LambdaRegion, plan: FunctionPlan, trial: Trial | None, sleep: Callable[[float], None]
) -> FunctionResult:
    before = plan.before
    if before is None:
        return FunctionResult(name=plan.name, stage=Stage.FAILED, problem=plan.problem)
    try:
        after = before
        if plan.change is not Change.NOTHING:
            service.set_layers(before, plan.layers)
            after = _wait(service, plan.name, sleep)
        if trial is None:
            stage = Stage.UNCHANGED if plan.change is Change.NOTHING else Stage.UPDATED
            return FunctionResult(name=plan.name, stage=stage)
        return _try(service, plan, after, trial, sleep)
    except AwsError as error:
        return FunctionResult(name=plan.name, stage=Stage.FAILED, problem=error)


def _try(
    service: LambdaRegion,
    plan: FunctionPlan,
    after: Function,
    trial: Trial,
    sleep: Callable[[float], None],
) -> FunctionResult:
    answer = _invoke(service, plan, trial)
    error = import_error(answer)
    changed = plan.change is not Change.NOTHING
    if error is None:
        said = _said(answer.payload) if answer.failed else None
        note = f"it imports; with this event the handler raised {said}" if said else None
        return FunctionResult(name=plan.name, stage=Stage.UPDATED if changed else Stage.UNCHANGED, note=note)
    if not (trial.rollback and changed and plan.before is not None):
        return FunctionResult(name=plan.name, stage=Stage.BROKEN, import_error=error)
    service.set_layers(after, plan.before.layers)
    _wait(service, plan.name, sleep)
    return FunctionResult(name=plan.name, stage=Stage.ROLLED_BACK, import_error=error)


def _invoke(service: LambdaRegion, plan: FunctionPlan, trial: Trial) -> Answer:
    try:
        return service.invoke(plan.name, trial.event)
    except AwsError as error:
        raise AwsError(f"it has this version, but could not be tried: {error}", hint=error.hint) from error


def _wait(service: LambdaRegion, name: str, sleep: Callable[[float], None]) -> Function:
    """Return the function when its update is over; raises AwsError where the update failed or takes too long."""
    waited, pause = 0.0, _FIRST_PAUSE_S
    while True:
        function = service.function(name)
        if function.status == "Failed":
            raise AwsError(f"Lambda could not update {name}: {function.reason or 'no reason given'}")
        if function.status != "InProgress":
            return function
        if waited >= _WAIT_S:
            raise AwsError(f"{name} is still being updated after {waited:.0f} s", hint="run it again later")
        sleep(pause)
        waited += pause
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def import_error(answer: Answer) -> str | None:
    """Return what Lambda said where the function's module does not import, None where its handler was reached.

    The runtime's client reports most of it under types of its own; another exception while a module is imported has the
    exception's name, and importlib in its trace.
    """
    if not answer.failed:
        return None
    kind = str(answer.payload.get("errorType", ""))
    trace = "".join(map(str, answer.payload.get("stackTrace") or ()))
    at_import = (
        kind.startswith("Runtime.") or "in import_module" in trace or "_call_with_frames_removed" in trace
    )
    return _said(answer.payload) if at_import else None


def _said(payload: Mapping[str, object]) -> str:
    return f"{payload.get('errorType', 'an error')}: {payload.get('errorMessage', '')}"
