"""All that is known of one of Lambda's targets, put together from the packaged data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from layerwright.targets.entry import Entry, entries, read_data
from layerwright.targets.interpreter import python_exports, stdlib_modules
from layerwright.targets.runtime import (
    BundledPackage,
    Confidence,
    LayerFolders,
    Library,
    Lifecycle,
    Runtime,
    Source,
    Tier,
)
from layerwright.targets.system import SystemFacts, load_system
from layerwright.targets.target import Target


def load_runtime(target: Target) -> Runtime:
    """Return all that is known of ``target``; a described runtime is read from its file.

    Raises UsageError when a description makes no sense.
    """
    if target.description is not None:
        from layerwright.targets.description import read_description

        return read_description(target.description)
    entry = entries()[target.runtime]
    system = load_system(entry.system.name, target.architecture)
    return managed_runtime(target, entry, system)


def managed_runtime(target: Target, entry: Entry, system: SystemFacts) -> Runtime:
    """Return what a managed runtime of Lambda is, on ``system``."""
    facts = filled_facts(target)
    interpreter, environment = facts["interpreter"], _environment(facts, target)
    own = _own_library(interpreter["library"])
    return Runtime(
        target=target,
        title=f"AWS Lambda {target.runtime} on {entry.system.title}",
        system=system.name,
        libraries={**system.libraries, own.soname: own},
        complete=False,
        symbol_floor=system.symbol_floor,
        symbol_ceiling=system.symbol_ceiling,
        library_path=tuple(environment["LD_LIBRARY_PATH"].split(":")),
        system_library_path=system.system_library_path,
        loaded=frozenset(_loaded(interpreter, target.python)) | {system.loader},
        python_exports=python_exports(target.python),
        extension_suffixes=tuple(interpreter["extension_suffixes"]),
        stdlib_modules=stdlib_modules(target.python),
        bundled=tuple(_bundled(facts["bundled"]["packages"], target.runtime)),
        sys_path=tuple(_sys_path(facts, target.python)),
        layer=layer_folders(facts["layer"]),
        environment=environment,
        interpreter=interpreter["path"],
        lifecycle=Lifecycle(**entry.dates),
        snapstart=entry.snapstart,
        openssl=entry.openssl,
        versions=system.versions,
        sources={
            **_sources("runtimes.toml"),
            **_sources("lambda.toml"),
            **system.sources,
        },
    )


def filled_facts(target: Target) -> Any:
    """Return what all managed runtimes have alike, filled in for ``target``."""
    return _filled(read_data("lambda.toml"), target)


def _filled(value: Any, target: Target) -> Any:
    """The same data with the names of ``target`` in its strings."""
    if isinstance(value, str):
        if "{" not in value:
            return value
        python = target.python_version
        return (
            value.replace("{python}", python)
            .replace("{tag}", python.replace(".", ""))
            .replace("{machine}", target.machine)
            .replace("{runtime}", target.runtime)
        )
    if isinstance(value, list):
        return [_filled(item, target) for item in value]
    if isinstance(value, Mapping):
        return {key: _filled(item, target) for key, item in value.items()}
    return value


def _own_library(path: str) -> Library:
    return Library(soname=path.rpartition("/")[2], tier=Tier.SAFE, path=path)


def _loaded(facts: Mapping[str, Any], python: tuple[int, int]) -> Iterator[str]:
    yield from facts["loaded"]
    for before, sonames in facts["loaded_before"].items():
        if python < _minor(before):
            yield from sonames


def _environment(facts: Mapping[str, Any], target: Target) -> Mapping[str, str]:
    later = {
        name: value
        for since, variables in facts["environment_since"].items()
        if target.python >= _minor(since)
        for name, value in variables.items()
    }
    return dict(sorted({**facts["environment"], **later}.items()))


def _sys_path(facts: Mapping[str, Any], python: tuple[int, int]) -> Iterator[str]:
    for part in facts["sys_path"]:
        if "since" not in part or python >= _minor(part["since"]):
            yield from part["entries"]


def _bundled(packages: Mapping[str, Any], runtime: str) -> Iterator[BundledPackage]:
    for name, fact in sorted(packages.items()):
        version = fact.get("versions", {}).get(runtime)
        yield BundledPackage(name=name, version=version, modules=tuple(fact["modules"]))


def layer_folders(facts: Mapping[str, Any]) -> LayerFolders:
    """Return the folders of a layer, from the table of that name."""
    return LayerFolders(
        root=facts["root"],
        python=tuple(facts["python"]),
        library=tuple(facts["library"]),
        executable=tuple(facts["executable"]),
        extension=tuple(facts["extension"]),
    )


def _sources(file: str) -> Mapping[str, Source]:
    facts = read_data(file)["sources"]
    return {key: Source(Confidence(fact["how"]), fact["source"]) for key, fact in facts.items()}


def _minor(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)
