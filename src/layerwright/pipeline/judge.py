"""What is to be said against a layer that was assembled, before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from layerwright.checks.contents import Contents
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.result import CheckResult
from layerwright.checks.run import run_checks
from layerwright.checks.stack import LAYER_ROOT
from layerwright.checks.subject import Subject
from layerwright.layer.assemble import Assembly
from layerwright.layer.read import Layer
from layerwright.wheels.binary_facts import binary_facts
from layerwright.wheels.wheel import Wheel

if TYPE_CHECKING:
    from layerwright.binaries.facts import Facts
    from layerwright.pipeline.spec import BuildSettings, LayerSpec
    from layerwright.targets.runtime import Runtime


def judge(
    spec: LayerSpec,
    settings: BuildSettings,
    runtime: Runtime,
    assembly: Assembly,
    wheels: Sequence[Wheel],
    *,
    zipped_bytes: int,
) -> tuple[Finding, ...]:
    """Return what the catalogue says of the layer, and what only the build can know."""
    name = spec.output.name
    layer = Layer(name=name, tree=assembly.tree, zipped_bytes=zipped_bytes, sha256=None, problems=())
    contents = Contents((layer,), binaries=_binaries(assembly, wheels, settings))
    subject = Subject(contents=contents, runtime=runtime, today=date.fromisoformat(settings.today))
    result = run_checks(subject, select=spec.select, ignore=spec.ignore)
    return (*_clashes(name, assembly), *_records(name, wheels), *_crashes(name, result), *result.findings)


def _binaries(assembly: Assembly, wheels: Sequence[Wheel], settings: BuildSettings) -> dict[str, Facts]:
    """Return the facts of the layer's binaries by absolute path, as they were read when the wheels were fetched."""
    kept: Mapping[str, Mapping[str, Facts]] = {
        wheel.filename: binary_facts(settings.store, wheel) for wheel in wheels
    }
    return {
        f"{LAYER_ROOT}/{path}": facts
        for path, member in assembly.members.items()
        if (facts := kept[assembly.tree[path].origin].get(member)) is not None
    }


def _clashes(layer: str, assembly: Assembly) -> Iterable[Finding]:
    for clash in assembly.clashes:
        yield Finding(
            check="wheel-clash",
            severity=Severity.ERROR,
            layer=layer,
            path=clash.path,
            message=f"{clash.kept} and {clash.dropped} both hold {clash.path}, with different content",
            fix="leave one of the two packages out, or put them into layers of their own",
        )


def _records(layer: str, wheels: Sequence[Wheel]) -> Iterable[Finding]:
    for wheel in wheels:
        if wheel.record_problems:
            yield Finding(
                check="wheel-record",
                severity=Severity.WARNING,
                layer=layer,
                path=wheel.record_problems[0].path,
                message=f"{wheel.filename}: RECORD and content differ ({_kinds(wheel)})",
                fix=f"report it to {wheel.name}: the wheel was changed after it was built, or built by a faulty tool",
                detail={"paths": [problem.path for problem in wheel.record_problems]},
            )


def _kinds(wheel: Wheel) -> str:
    counts: dict[str, int] = {}
    for problem in wheel.record_problems:
        counts[problem.problem] = counts.get(problem.problem, 0) + 1
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))


def _crashes(layer: str, result: CheckResult) -> Iterable[Finding]:
    """A check that crashed has judged nothing, so the layer can't be called fine."""
    for crash in result.crashed:
        yield Finding(
            check=crash.check,
            severity=Severity.ERROR,
            layer=layer,
            path="",
            message=f"the check itself failed: {crash.error}",
            fix="report it; meanwhile --allow-findings writes the layer",
        )
