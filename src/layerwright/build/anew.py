"""A build from the beginning: fetch, assemble, check, and plan the zip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from layerwright.build.recipe import Recipe
from layerwright.build.result import BuiltLayer, PackedPackage
from layerwright.checks.contents import Contents
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.run import CheckResult, run_checks
from layerwright.checks.stack import Part
from layerwright.checks.subject import Subject
from layerwright.layer.archive import hash_plan, plan_archive
from layerwright.layer.assemble import Assembly, assemble
from layerwright.layer.place import scheme_for
from layerwright.resolve.pylock import read_lock
from layerwright.targets.load import load_runtime
from layerwright.wheels.binary_facts import BINARY_FACTS
from layerwright.wheels.fetch import fetch
from layerwright.wheels.wheel import Wheel

if TYPE_CHECKING:
    from layerwright.build.build import BuildSettings, LayerSpec, LockedLayer
    from layerwright.targets.runtime import Runtime


def build_anew(spec: LayerSpec, settings: BuildSettings, locked: LockedLayer) -> Recipe:
    """Return the recipe of a layer: its wheels fetched, laid out, checked, and its zip planned and hashed.

    Raises OfflineError, NetworkError, IntegrityError and BuildError as ``fetch`` does.
    """
    target = spec.target
    runtime = load_runtime(target)
    lock = read_lock(locked.content, target, glibc=target.glibc, base=locked.base)
    wheels = fetch(
        lock, settings.store, offline=settings.offline, reader=BINARY_FACTS, progress=settings.progress
    )
    notes: tuple[str, ...] = ()
    scheme = scheme_for(spec.layout, python=target.python, interpreter=runtime.interpreter)
    assembly = assemble(wheels, scheme, settings.store, with_scripts=spec.scripts)
    findings = _findings(spec, settings, runtime, assembly, wheels)
    plan = plan_archive(assembly.tree)
    layer = BuiltLayer(
        name=spec.name,
        target=str(target),
        path=None,
        sha256=hash_plan(plan),
        zipped_bytes=plan.zipped_bytes,
        unzipped_bytes=assembly.tree.unzipped_bytes,
        files=len(assembly.tree),
        packages=tuple(_packages(assembly, wheels)),
        findings=findings,
        notes=notes,
    )
    return Recipe(plan=plan, sha256=layer.sha256, summary=layer.summary())


def _findings(
    spec: LayerSpec,
    settings: BuildSettings,
    runtime: Runtime,
    assembly: Assembly,
    wheels: Sequence[Wheel],
) -> tuple[Finding, ...]:
    """Return what the catalogue says of the layer, and what only the build can know."""
    layer = Layer(
        name=spec.output.name, tree=assembly.tree, zipped_bytes=zipped_bytes, sha256=None, problems=()
    )
    contents = Contents((layer,), binaries=_binaries(assembly, wheels, settings))
    subject = Subject(contents=contents, runtime=runtime, today=date.fromisoformat(settings.today))
    result = run_checks(subject, select=spec.select, ignore=spec.ignore)
    return (*_of_the_build(spec, assembly, wheels), *_crashes(spec, result), *result.findings)


def _of_the_build(spec: LayerSpec, assembly: Assembly, wheels: Sequence[Wheel]) -> Iterable[Finding]:
    layer = spec.output.name
    for clash in assembly.clashes:
        yield Finding(
            check="wheel-clash",
            severity=Severity.ERROR,
            layer=layer,
            path=clash.path,
            message=f"{clash.kept} and {clash.dropped} both hold {clash.path}, with different content",
            fix="leave one of the two packages out, or put them into layers of their own",
        )
    for wheel in wheels:
        if wheel.record_problems:
            yield Finding(
                check="wheel-record",
                severity=Severity.WARNING,
                layer=layer,
                path=wheel.record_problems[0].path,
                message=f"{wheel.filename}: RECORD and content differ ({_kinds(wheel)})",
                fix=f"report it to {wheel.name}; the wheel was changed after it was built, or built by a faulty tool",
                detail={"paths": [problem.path for problem in wheel.record_problems]},
            )


def _kinds(wheel: Wheel) -> str:
    counts: dict[str, int] = {}
    for problem in wheel.record_problems:
        counts[problem.problem] = counts.get(problem.problem, 0) + 1
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))


def _crashes(spec: LayerSpec, result: CheckResult) -> Iterable[Finding]:
    """A check that crashed has judged nothing, so the layer can't be called fine."""
    for crash in result.crashed:
        yield Finding(
            check=crash.check,
            severity=Severity.ERROR,
            layer=spec.output.name,
            path="",
            message=f"the check itself failed: {crash.error}",
            fix="report it; meanwhile --allow-findings writes the layer",
        )


def _packages(assembly: Assembly, wheels: Sequence[Wheel]) -> Iterable[PackedPackage]:
    sizes: Mapping[str, list[int]] = {wheel.filename: [0, 0] for wheel in wheels}
    for entry in assembly.tree.values():
        size = sizes.get(entry.origin)
        if size is not None:
            size[0] += getattr(entry.content, "compressed_bytes", entry.size_bytes)
            size[1] += entry.size_bytes
    for wheel in wheels:
        yield PackedPackage(
            name=wheel.name,
            version=wheel.version,
            artifact=wheel.filename,
            sha256=wheel.sha256,
            zipped_bytes=sizes[wheel.filename][0],
            unzipped_bytes=sizes[wheel.filename][1],
            license=wheel.license,
        )
