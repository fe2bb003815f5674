"""A layer built for a tool that deploys files under a hash of its own choice, such as CDK."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from layerwright.checks.finding import Severity
from layerwright.errors import UsageError
from layerwright.layer.place import Layout
from layerwright.pipeline.build import build_layer
from layerwright.pipeline.declaration import (
    CheckSettings,
    Configuration,
    LayerDeclaration,
    read_configuration,
)
from layerwright.pipeline.result import BuiltLayer
from layerwright.pipeline.spec import BuildSettings, LayerSpec
from layerwright.resolve.request import Request
from layerwright.targets.target import Target, parse_target
from layerwright.wheels.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A built zip and a hash that follows from its lock: the artifacts with their hashes, the target and the layout."""

    layer: BuiltLayer
    path: Path
    target: Target
    sha256: str


def declare(
    folder: Path,
    *,
    name: str | None,
    requirements: Sequence[str] = (),
    files: Sequence[str] = (),
    lock: str | None = None,
) -> LayerDeclaration:
    """Return a layer from requirements, files or a lock, relative to ``folder``; with none of them, the one declared there.

    Raises UsageError where the folder declares none, or several and ``name`` names none of them.
    """
    if requirements or files or lock:
        return LayerDeclaration(
            name=name or "layer",
            folder=folder.resolve(),
            requirements=tuple(requirements),
            files=tuple(files),
            lock=lock,
        )
    configuration = _configuration(folder)
    if configuration is None:
        raise UsageError(
            f"{folder} has no layerwright.toml or pyproject.toml", hint="or give requirements=[...]"
        )
    chosen = [layer for layer in configuration.layers if name in {None, layer.name}]
    if len(chosen) != 1:
        names = ", ".join(layer.name for layer in configuration.layers) or "none"
        meant = "which of them is meant?" if name is None else f"not {name!r}"
        raise UsageError(f"{configuration.path} declares {names}; {meant}", hint='layer="NAME"')
    return chosen[0]


def _configuration(folder: Path) -> Configuration | None:
    """Return what the folder itself declares: CDK runs in the folder of the app, so there is no search further up."""
    paths = [folder / "layerwright.toml", folder / "pyproject.toml"]
    path = next((path for path in paths if path.is_file()), None)
    return read_configuration(path) if path else None


def build_asset(
    declaration: LayerDeclaration, target: str | None, output: Path, *, store: Store | None = None
) -> Asset:
    """Build a declared layer for a target to ``output``, and return it with its hash.

    Without ``target`` the declaration has to name just one. Raises UsageError where the layer has error findings, and what
    building raises.
    """
    if target is None:
        if len(declaration.targets) != 1:
            raise UsageError(
                f"for which target is {declaration.name} to be built?", hint='target="python3.11-x86_64"'
            )
        (target,) = declaration.targets
    spec = _spec(declaration, parse_target(target), output)
    settings = BuildSettings(store=store or Store(), today=datetime.now(UTC).date().isoformat())
    layer = build_layer(spec, settings)
    if layer.path is None:
        raise UsageError(f"{declaration.name} for {target} is not fit to be deployed:\n{_errors(layer)}")
    return Asset(layer=layer, path=layer.path, target=spec.target, sha256=_hash(spec, layer))


def _spec(declaration: LayerDeclaration, target: Target, output: Path) -> LayerSpec:
    lock = declaration.path(declaration.lock, str(target)) if declaration.lock else None
    configuration = _configuration(declaration.folder)
    checks = configuration.check if configuration else CheckSettings()
    return LayerSpec(
        name=declaration.name,
        target=target,
        output=output,
        request=Request(
            requirements=declaration.requirements,
            files=tuple(declaration.folder / file for file in declaration.files),
            constraints=tuple(declaration.folder / file for file in declaration.constraints),
            extras=declaration.extras,
            groups=declaration.groups,
            folder=declaration.folder,
        ),
        # One that is declared need not be there yet; without anything else to resolve it has to.
        lock=lock if lock and (lock.is_file() or not _resolvable(declaration)) else None,
        layout=Layout(declaration.layout),
        scripts=declaration.scripts,
        exclude_runtime_sdk=declaration.exclude_runtime_sdk,
        select=checks.select,
        ignore=checks.ignore,
    )


def _resolvable(declaration: LayerDeclaration) -> bool:
    return bool(declaration.requirements or declaration.files)


def _hash(spec: LayerSpec, layer: BuiltLayer) -> str:
    locked = sorted([package.artifact, package.sha256] for package in layer.packages)
    options = [spec.target.digest, spec.layout.value, spec.scripts, spec.exclude_runtime_sdk]
    return hashlib.sha256(json.dumps([locked, options]).encode()).hexdigest()


def _errors(layer: BuiltLayer) -> str:
    return "\n".join(
        f"  {finding.check}: {finding.path}: {finding.message}"
        for finding in layer.findings
        if finding.severity is Severity.ERROR
    )
