"""A build from the beginning: fetch, assemble, check, and plan the zip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from layerwright.layer.archive import plan_archive
from layerwright.layer.assemble import Assembly, assemble
from layerwright.layer.place import scheme_for
from layerwright.layer.plan import hash_plan
from layerwright.pipeline.judge import judge
from layerwright.pipeline.recipe import Recipe
from layerwright.pipeline.result import BuiltLayer, PackedPackage
from layerwright.resolve.alternatives import wheel_coverage
from layerwright.resolve.command import option_arguments
from layerwright.resolve.index_settings import read_index_settings
from layerwright.resolve.pylock import read_lock
from layerwright.resolve.runtime_sdk import exclude_runtime_sdk
from layerwright.targets.load import load_runtime
from layerwright.wheels.binary_facts import BINARY_FACTS
from layerwright.wheels.build import Alternatives, BuildOptions
from layerwright.wheels.fetch import fetch
from layerwright.wheels.transport import Access
from layerwright.wheels.wheel import Wheel

if TYPE_CHECKING:
    from layerwright.pipeline.spec import BuildSettings, LayerSpec, LockedLayer
    from layerwright.resolve.index_settings import IndexSettings
    from layerwright.resolve.lock import Lock, LockedPackage
    from layerwright.targets.target import Target


def build_anew(spec: LayerSpec, settings: BuildSettings, locked: LockedLayer) -> Recipe:
    """Return the recipe of a layer: its wheels fetched, laid out, checked, and its zip planned and hashed.

    Raises OfflineError, NetworkError, IntegrityError and BuildError as ``fetch`` does.
    """
    target = spec.target
    runtime = load_runtime(target)
    lock = read_lock(locked.content, target, glibc=target.glibc, base=locked.base)
    wheels = _fetched(lock, spec, settings, locked.indexes or read_index_settings(spec.request))
    notes: tuple[str, ...] = ()
    if spec.exclude_runtime_sdk:
        wheels, said = _without_sdk(lock, wheels)
        notes = (said,)
    scheme = scheme_for(spec.layout, python=target.python, interpreter=runtime.interpreter)
    assembly = assemble(wheels, scheme, settings.store, with_scripts=spec.scripts)
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
        findings=judge(spec, settings, runtime, assembly, wheels, zipped_bytes=plan.zipped_bytes),
        notes=notes,
    )
    return Recipe(plan=plan, sha256=layer.sha256, summary=layer.summary())


def _fetched(
    lock: Lock, spec: LayerSpec, settings: BuildSettings, indexes: IndexSettings
) -> tuple[Wheel, ...]:
    return fetch(
        lock,
        settings.store,
        offline=settings.offline,
        access=_access(indexes),
        reader=BINARY_FACTS,
        build=_building(spec, indexes),
        progress=settings.progress,
    )


def _building(spec: LayerSpec, indexes: IndexSettings) -> BuildOptions:
    """Return how source distributions are built, and who is asked what else there is where that fails."""

    def alternatives(package: LockedPackage, target: Target) -> Alternatives:
        coverage = wheel_coverage(package, target, glibc=target.glibc, request=spec.request, settings=indexes)
        return Alternatives(targets=coverage.targets, newest=coverage.newest)

    return BuildOptions(
        uv_arguments=(*option_arguments(spec.request), *indexes.words), alternatives=alternatives
    )


def _access(indexes: IndexSettings) -> Access:
    return Access(
        credentials=indexes.lookup(), trusted_hosts=indexes.insecure_hosts, variables=indexes.variables
    )


def _without_sdk(lock: Lock, wheels: Sequence[Wheel]) -> tuple[tuple[Wheel, ...], str]:
    """Return the wheels without the SDK that the runtime brings, and what was done in a sentence."""
    requires = {package.name: wheel.requires for package, wheel in zip(lock.packages, wheels, strict=True)}
    exclusion = exclude_runtime_sdk(lock, requires)
    kept = {package.name for package in exclusion.lock.packages}
    remaining = tuple(
        wheel for package, wheel in zip(lock.packages, wheels, strict=True) if package.name in kept
    )
    return remaining, str(exclusion)


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
