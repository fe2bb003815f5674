"""A zip made ready to be published: read, checked, its compatible runtimes set from what the checks say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layerwright.checks.finding import Severity
from layerwright.checks.question import Verdict
from layerwright.errors import UsageError
from layerwright.pipeline.result import BuiltLayer
from layerwright.ship.judge import Judging, compatibility, judge_zip
from layerwright.ship.plan import Details, LayerFile, layer_file
from layerwright.ship.settings import PublishSettings
from layerwright.ship.sharing import parse_grant
from layerwright.targets.quotas import load_quotas
from layerwright.targets.target import Target, parse_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A layer that can be planned; ``against`` are the lines that speak against publishing it, none where it is fit.

    ``regions`` and ``bucket`` are what configuration says.
    """

    name: str
    file: LayerFile
    details: Details
    against: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    bucket: str | None = None


def prepare_file(
    path: Path,
    *,
    name: str,
    targets: Sequence[str],
    judging: Judging,
    description: str = "",
    license_text: str = "",
    share: Iterable[str] = (),
) -> Prepared:
    """Return a zip ready to be planned.

    With ``targets`` it has to pass for each of them; without, it is published for those of Lambda's that it passes for.
    Raises UsageError and IntegrityError as ``read_layer`` does.
    """
    named = [_lambda_target(text) for text in targets]
    judged = judge_zip(path, named, judging)
    against = tuple(line for verdict in judged.verdicts for line in _errors(verdict))
    if not named and not judged.fit:
        against = (f"{path} is fit for none of Lambda's Python runtimes", *against)
    compatible = compatibility(named or judged.fit, most_runtimes=load_quotas().layer_compatible_runtimes)
    return Prepared(
        name=name,
        file=layer_file(path, judged.layer),
        details=Details(
            compatible=compatible,
            description=description,
            license=license_text,
            grants=tuple(map(parse_grant, dict.fromkeys(share))),
        ),
        against=against,
    )


def prepare_built(layer: BuiltLayer, settings: PublishSettings, *, name: str, judging: Judging) -> Prepared:
    """Return a layer that ``build`` made ready to be planned, with what configuration says of publishing."""
    if layer.path is None:
        raise UsageError(
            f"{layer.name} for {layer.target} was not written: it has error findings",
            hint=f"`layerwright build --name {layer.name}` tells them",
        )
    prepared = prepare_file(
        layer.path,
        name=name,
        targets=[layer.target],
        judging=judging,
        description=settings.description,
        license_text=settings.license,
        share=settings.share,
    )
    return replace(prepared, regions=settings.regions, bucket=settings.bucket)


def _lambda_target(text: str) -> Target:
    target = parse_target(text)
    if target.description is not None:
        raise UsageError(
            f"{text} describes a runtime of its own; AWS's layers are for Lambda's runtimes",
            hint="`layerwright targets` lists those",
        )
    return target


def _errors(verdict: Verdict) -> Iterable[str]:
    result = verdict.result
    for finding in result.findings:
        if finding.severity is Severity.ERROR:
            yield f"{verdict.target}: {finding.check}: {finding.path}: {finding.message}"
    for crash in result.crashed:
        yield f"{verdict.target}: {crash.check} could not judge: {crash.error}"
