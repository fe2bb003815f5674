"""The main job: a layer from its declaration to its zip, by the shortest way that gives the same result.

A build goes through resolve, fetch, assemble, check and write. What was built once from the same lock with the same
options is done again by carrying out its recipe, and what already stands there, intact, is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.layer.plan import write_archive
from layerwright.layer.standing import stands
from layerwright.pipeline.recipe import Recipe, keep_recipe, load_recipe, recipe_key
from layerwright.pipeline.result import BuiltLayer, layer_from_summary
from layerwright.pipeline.spec import BuildSettings, LayerSpec, LockedLayer

_MOST_AT_ONCE: Final = 4


def build_layers(specs: Sequence[LayerSpec], settings: BuildSettings) -> tuple[BuiltLayer, ...]:
    """Build each layer, several at a time; returns them in the order given.

    Raises what the first layer that fails raises; those that were written stay.
    """
    if len(specs) == 1:
        return (build_layer(specs[0], settings),)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=_MOST_AT_ONCE) as pool:
        futures = [pool.submit(build_layer, spec, settings) for spec in specs]
        try:
            return tuple(future.result() for future in futures)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def build_layer(spec: LayerSpec, settings: BuildSettings) -> BuiltLayer:
    """Build one layer; with error findings nothing is written, unless the settings allow it."""
    locked = lock_layer(spec, settings)
    key = recipe_key(
        locked.content, target_digest=spec.target.digest, options=_options(spec, settings, locked)
    )
    recipe = load_recipe(key, settings.store) if locked.is_fixed else None
    if recipe is None:
        from layerwright.pipeline.anew import build_anew

        recipe = build_anew(spec, settings, locked)
        if locked.is_fixed:
            keep_recipe(key, recipe, settings.store)
    built = _carry_out(recipe, spec, settings, locked.notes)
    return replace(built, recipe=key) if locked.is_fixed else built


def lock_layer(spec: LayerSpec, settings: BuildSettings) -> LockedLayer:
    """Return the layer's lock: what its file holds, or what resolving gives.

    Raises UsageError where the file can't be read, and what resolving raises.
    """
    if spec.lock is not None:
        try:
            return LockedLayer(spec.lock.read_bytes(), spec.lock.absolute().parent, ())
        except OSError as error:
            raise UsageError(f"the lock {spec.lock} can't be read: {error.strerror}") from error
    return resolve_layer(spec, settings)


def resolve_layer(spec: LayerSpec, settings: BuildSettings, *, folder: Path | None = None) -> LockedLayer:
    """Resolve a layer, whatever lock it has; paths in the lock are as seen from ``folder``, absolute without one.

    Raises what ``resolve`` raises.
    """
    from layerwright.resolve.pylock import write_lock
    from layerwright.resolve.resolve import resolve

    resolution = resolve(
        spec.request,
        spec.target,
        glibc=spec.target.glibc,
        progress=settings.progress,
        memory=settings.store.root / "resolve",
    )
    return LockedLayer(
        content=write_lock(resolution.lock, folder=folder),
        base=spec.request.folder,
        notes=tuple(str(note) for note in resolution.notes),
        indexes=resolution.settings,
    )


def _options(spec: LayerSpec, settings: BuildSettings, locked: LockedLayer) -> dict[str, object]:
    """Return all but lock and target that the zip's bytes or the findings depend on."""
    return {
        "name": spec.name,
        "base": str(locked.base),
        "layout": spec.layout,
        "scripts": spec.scripts,
        "exclude_runtime_sdk": spec.exclude_runtime_sdk,
        "select": spec.select,
        "ignore": dict(spec.ignore),
        "today": settings.today,
        "no_binary": spec.request.no_binary,
    }


def _carry_out(
    recipe: Recipe, spec: LayerSpec, settings: BuildSettings, notes: tuple[str, ...]
) -> BuiltLayer:
    summary = {**recipe.summary, "notes": [*notes, *recipe.summary["notes"]]}
    refused = layer_from_summary(
        summary,
        name=spec.name,
        target=str(spec.target),
        path=None,
        sha256=recipe.sha256,
        zipped_bytes=recipe.plan.zipped_bytes,
    )
    if not refused.ok and not settings.allow_findings:
        return refused
    unchanged = stands(
        str(spec.output),
        sha256=recipe.sha256,
        size_bytes=recipe.plan.zipped_bytes,
        root=str(settings.store.root),
    )
    if not unchanged:
        settings.progress.begin("write", recipe.plan.zipped_bytes)
        write_archive(recipe.plan, spec.output, advance=lambda done: settings.progress.advance("write", done))
        settings.progress.end("write")
    return refused.written(spec.output, unchanged=unchanged)
