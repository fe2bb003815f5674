"""What build and lock are asked for: from the command line, the environment and configuration, in this order."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.layer.place import Layout
from layerwright.pipeline.declaration import (
    DEFAULT_OUTPUT,
    CheckSettings,
    Configuration,
    LayerDeclaration,
    find_configuration,
    read_configuration,
)
from layerwright.pipeline.spec import LayerSpec
from layerwright.resolve.request import IndexOptions, Request
from layerwright.targets.target import parse_target

_NAME: Final = "layer"
_USUAL_FILES: Final = (
    "requirements.txt",
    "pylock.toml",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pyproject.toml",
)


def add_resolve_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is to be resolved, for which targets, and where packages are looked for; options mean what they mean to uv."""
    parser.add_argument(
        "requirements", nargs="*", metavar="REQUIREMENT", help="a package, path, URL or wheel"
    )
    parser.add_argument(
        "-r",
        "--requirements",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile.lock or pylock.toml",
    )
    parser.add_argument("-c", "--constraints", action="append", default=[], metavar="FILE")
    parser.add_argument("--override", action="append", default=[], metavar="FILE")
    parser.add_argument("--extra", action="append", default=[], metavar="NAME", help="of the project in -r")
    parser.add_argument("--all-extras", action="store_true")
    parser.add_argument(
        "--group", action="append", default=[], metavar="NAME", help="a dependency group (PEP 735)"
    )
    parser.add_argument(
        "-t",
        "--target",
        action="append",
        default=[],
        metavar="T",
        help="such as python3.11-x86_64; may be given again; `layerwright targets` lists them",
    )
    parser.add_argument(
        "--lock", metavar="FILE", help="a pylock.toml to take instead of resolving; {name} and {target}"
    )
    parser.add_argument("--offline", action="store_true", help="open no connection; say what is missing")
    group = parser.add_argument_group("resolving")
    group.add_argument("--default-index", "--index-url", "-i", metavar="URL")
    group.add_argument("--index", "--extra-index-url", action="append", default=[], metavar="URL")
    group.add_argument("-f", "--find-links", action="append", default=[], metavar="PLACE")
    group.add_argument("--no-index", action="store_true")
    group.add_argument("--index-strategy", metavar="STRATEGY")
    group.add_argument("--keyring-provider", metavar="PROVIDER")
    group.add_argument("--allow-insecure-host", action="append", default=[], metavar="HOST")
    group.add_argument("--prerelease", metavar="MODE")
    group.add_argument("--pre", dest="prerelease", action="store_const", const="allow")
    group.add_argument("--resolution", metavar="MODE")
    group.add_argument("--exclude-newer", metavar="DATE")
    group.add_argument("--no-deps", action="store_true")
    group.add_argument("--no-binary", action="append", default=[], metavar="NAME")
    group.add_argument("--only-binary", action="append", default=[], metavar="NAME")
    group.add_argument("--no-build", action="store_true", help="never build a source distribution")
    group.add_argument("--no-build-package", action="append", default=[], metavar="NAME")


def layer_specs(
    arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> tuple[LayerSpec, ...]:
    """Return what is to be built: what the command line names, or else what configuration declares.

    Raises UsageError where that is nothing, has no target, or would be written to one file twice.
    """
    checks = _check_settings()
    specs = [
        replace(spec_of(layer, target, arguments), select=checks.select, ignore=checks.ignore)
        for layer, target in named_layers(arguments, environment)
    ]
    _refuse_shared_outputs(specs)
    return tuple(specs)


def named_layers(
    arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ
) -> tuple[tuple[LayerDeclaration, str], ...]:
    """Return each layer that is meant with each of its targets, by the target's name.

    Raises UsageError where there is no layer, or one without a target.
    """
    if arguments.requirements or arguments.files or arguments.lock:
        layers = [_from_words(arguments)]
    else:
        configuration = _configuration()
        layers = [layer for layer in configuration.layers if arguments.name in {None, layer.name}]
        if not layers:
            raise _nothing(configuration, arguments.name)
    return tuple((layer, target) for layer in layers for target in _targets(layer, arguments, environment))


def _check_settings() -> CheckSettings:
    path = find_configuration(Path.cwd())
    return read_configuration(path).check if path else CheckSettings()


def _from_words(arguments: argparse.Namespace) -> LayerDeclaration:
    return LayerDeclaration(
        name=arguments.name or _NAME,
        folder=Path.cwd(),
        requirements=tuple(arguments.requirements),
        files=tuple(arguments.files),
        constraints=tuple(arguments.constraints),
        extras=tuple(arguments.extra),
        groups=tuple(arguments.group),
        lock=arguments.lock,
    )


def _configuration() -> Configuration:
    path = find_configuration(Path.cwd())
    if path is None:
        here = [name for name in _USUAL_FILES if Path(name).is_file()]
        file = f", as `-r {here[0]}`" if here else ""
        raise UsageError(
            "nothing to build: no requirement was given, and no layerwright.toml or [tool.layerwright] was found",
            hint=f'name a package (`layerwright build "requests" --target python3.11-x86_64`) or a file{file or " (-r)"}',
        )
    return read_configuration(path)


def _nothing(configuration: Configuration, name: str | None) -> UsageError:
    names = ", ".join(layer.name for layer in configuration.layers) or "none"
    if name is None:
        return UsageError(f"{configuration.path} declares no layer", hint="see docs/configuration.md")
    return UsageError(f"{configuration.path} declares no layer {name!r}; it declares {names}")


def _targets(
    layer: LayerDeclaration, arguments: argparse.Namespace, environment: Mapping[str, str]
) -> tuple[str, ...]:
    targets = arguments.target or _words(environment.get("LAYERWRIGHT_TARGET", "")) or layer.targets
    if not targets:
        raise UsageError(
            f"for which target is the layer {layer.name!r} to be built?",
            hint="--target python3.11-x86_64, or targets = [...] in configuration; `layerwright targets` lists them",
        )
    return tuple(dict.fromkeys(targets))


def spec_of(layer: LayerDeclaration, target: str, arguments: argparse.Namespace) -> LayerSpec:
    """Return what is to be built of a layer for a target; the command line wins over the declaration."""
    return LayerSpec(
        name=layer.name,
        target=parse_target(target),
        output=_output(layer, arguments, target),
        request=_request(layer, arguments),
        lock=_lock(layer, arguments, target),
        layout=Layout(getattr(arguments, "layout", None) or layer.layout),
        scripts=getattr(arguments, "scripts", False) or layer.scripts,
        exclude_runtime_sdk=getattr(arguments, "exclude_runtime_sdk", False) or layer.exclude_runtime_sdk,
    )


def _request(layer: LayerDeclaration, arguments: argparse.Namespace) -> Request:
    return Request(
        requirements=layer.requirements,
        files=tuple(layer.folder / file for file in layer.files),
        constraints=tuple(layer.folder / file for file in layer.constraints),
        overrides=tuple(map(Path, arguments.override)),
        extras=layer.extras,
        all_extras=arguments.all_extras,
        groups=layer.groups,
        indexes=IndexOptions(
            default_index=arguments.default_index,
            index=tuple(arguments.index),
            find_links=tuple(arguments.find_links),
            no_index=arguments.no_index,
            index_strategy=arguments.index_strategy,
            keyring_provider=arguments.keyring_provider,
            allow_insecure_host=tuple(arguments.allow_insecure_host),
        ),
        no_binary=tuple(arguments.no_binary),
        only_binary=tuple(arguments.only_binary),
        no_build=arguments.no_build,
        no_build_package=tuple(arguments.no_build_package),
        no_deps=arguments.no_deps,
        prerelease=arguments.prerelease,
        resolution=arguments.resolution,
        exclude_newer=arguments.exclude_newer,
        offline=arguments.offline,
        folder=layer.folder,
    )


def _output(layer: LayerDeclaration, arguments: argparse.Namespace, target: str) -> Path:
    given = getattr(arguments, "output", None)
    if given is None:
        return layer.path(layer.output, target)
    here = replace(layer, folder=Path())
    path = here.path(given, target)
    return (
        here.path(f"{given}/{DEFAULT_OUTPUT}", target)
        if given.endswith(("/", os.sep)) or path.is_dir()
        else path
    )


def _lock(layer: LayerDeclaration, arguments: argparse.Namespace, target: str) -> Path | None:
    """Return the lock to take; one that configuration names need not be there yet."""
    if layer.lock is None:
        return None
    path = layer.path(layer.lock, target)
    return path if arguments.lock or path.is_file() else None


def _refuse_shared_outputs(specs: Sequence[LayerSpec]) -> None:
    seen: dict[Path, LayerSpec] = {}
    for spec in specs:
        other = seen.setdefault(spec.output, spec)
        if other is not spec:
            raise UsageError(
                f"{spec.output} would be written for {other.name} ({other.target}) and for {spec.name} ({spec.target})",
                hint="put {target} or {name} into the output, or name a folder: -o dist/",
            )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
