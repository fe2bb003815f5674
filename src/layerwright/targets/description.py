"""A runtime that a user describes, read from a TOML file: a container base image, a root filesystem.

    name = "my-image"
    python = "3.11"
    architecture = "x86_64"
    base = "python3.11"              # a runtime of Lambda's, or a system (al2, al2023); all but these three are optional
    remove = ["libnsl.so.1"]

    [libraries."libexpat.so.1"]
    path = "/usr/lib64/libexpat.so.1"
    needed = ["libc.so.6"]

A description without a base is a full listing unless ``complete = false``, and has to tell ``glibc``. What it doesn't
tell is the base's, or what is usual for its Python. ``write_description`` shows every key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.targets.description_text import write_description
from layerwright.targets.document import Table
from layerwright.targets.entry import architectures, entries, systems
from layerwright.targets.load import load_runtime
from layerwright.targets.plain import plain_runtime
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
from layerwright.targets.symbols import exports_from_text, newest_versions
from layerwright.targets.target import Target

__all__ = ["read_description", "read_target", "write_description"]

# The keys that are no single field of a Runtime; ``_readers`` has the others.
_KEYS: Final = (
    *("schema_version", "name", "python", "architecture", "glibc", "base", "remove", "complete"),
    *("symbols", "versions", "environment", "layer", "libraries", "sources"),
)


def read_target(path: Path) -> Target:
    """Return the target that a description names; raises UsageError when it is missing or makes no sense."""
    text = _read(path)
    head = text.partition("\n[")[0]
    try:
        # Most of a description is tables; what names the target stands before the first of them.
        return _target(Table(tomllib.loads(head), f"{path}: "), path)
    except (tomllib.TOMLDecodeError, UsageError):
        return _target(_document(text, path), path)


def read_description(path: Path) -> Runtime:
    """Return all that a description tells; raises UsageError when it is missing or makes no sense."""
    document = _document(_read(path), path)
    target = _target(document, path)
    base = _base(document, target)
    libraries = dict(_libraries(document, base))
    own = newest_versions(library.versions or () for library in libraries.values())
    symbols = document.table("symbols").allow("floor", "ceiling")
    floor = {**(base.symbol_floor or own), **symbols.mapping("floor")}
    told: dict[str, Any] = {name: read(name) for name, read in _readers(document).items() if name in document}
    return replace(
        base,
        **told,
        libraries=dict(sorted(libraries.items())),
        complete=document.flag("complete") if "complete" in document else "base" not in document,
        symbol_floor=floor,
        symbol_ceiling={**(base.symbol_ceiling or floor), **symbols.mapping("ceiling")},
        environment={**base.environment, **document.mapping("environment")},
        versions={**base.versions, **document.mapping("versions")},
        layer=_layer(document.table("layer"), base.layer),
        sources={**base.sources, **dict(_sources(document.table("sources")))},
    )


def _readers(document: Table) -> Mapping[str, Any]:
    return {
        "title": document.text,
        "system": document.text,
        "interpreter": document.text,
        "extension_suffixes": document.texts,
        "library_path": document.texts,
        "system_library_path": document.texts,
        "sys_path": document.texts,
        "snapstart": document.flag,
        "openssl": document.text,
        "loaded": lambda key: frozenset(document.texts(key)),
        "stdlib_modules": lambda key: frozenset(document.text(key).split()),
        "python_exports": lambda key: frozenset(document.text(key).split()) or None,
        "lifecycle": lambda key: _lifecycle(document.table(key)),
        "bundled": lambda key: tuple(_package(table) for table in document.tables(key)),
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: the description of a runtime can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: the description of a runtime is not UTF-8 at byte {error.start}"
        ) from error


def _document(text: str, path: Path) -> Table:
    try:
        document = Table(tomllib.loads(text), f"{path}: ")
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    return document.allow(*_KEYS, *_readers(document))


def _target(document: Table, path: Path) -> Target:
    if "schema_version" in document and document.number("schema_version") != 1:
        raise document.error("schema_version", f"expected 1, got {document.number('schema_version')}")
    architecture = document.text("architecture")
    if architecture not in architectures():
        raise document.error("architecture", f"expected {' or '.join(architectures())}, got {architecture!r}")
    python = document.version("python")
    glibc = document.version("glibc") if "glibc" in document else _base_glibc(document, python)
    return Target(
        runtime=document.text("name"), python=python, architecture=architecture, glibc=glibc, description=path
    )


def _base_glibc(document: Table, python: tuple[int, int]) -> tuple[int, int]:
    if "base" not in document:
        raise document.error("glibc", "is missing; expected a version such as '2.34', or a base")
    base = document.text("base")
    if base in systems():
        return systems()[base].glibc
    if base not in entries():
        names = ", ".join([*systems(), *entries()])
        raise document.error("base", f"there is no system or runtime {base!r}", hint=f"known: {names}")
    if entries()[base].python != python:
        raise document.error("base", f"{base} doesn't have Python {python[0]}.{python[1]}")
    return entries()[base].system.glibc


def _base(document: Table, target: Target) -> Runtime:
    """What the description starts from, under its own name."""
    name = document.text("base") if "base" in document else None
    if name is not None and name in entries():
        runtime = load_runtime(replace(target, runtime=name, description=None))
        return replace(runtime, target=target, title=target.runtime)
    return plain_runtime(target, system=name)


def _libraries(document: Table, base: Runtime) -> Iterator[tuple[str, Library]]:
    removed = document.texts("remove") if "remove" in document else ()
    for soname in removed:
        if soname not in base.libraries:
            raise document.error("remove", f"the base has no library {soname!r}")
    yield from ((soname, library) for soname, library in base.libraries.items() if soname not in removed)
    yield from ((soname, Library(soname=soname, tier=Tier.ABSENT)) for soname in removed)
    listed = document.table("libraries")
    for soname in listed:
        yield soname, _library(soname, listed.table(soname))


def _library(soname: str, table: Table) -> Library:
    table.allow("tier", "path", "needed", "versions", "exports")
    try:
        exports = exports_from_text(table.text("exports")) if "exports" in table else None
    except ValueError as error:
        raise table.error("exports", str(error)) from error
    return Library(
        soname=soname,
        tier=table.choice("tier", Tier) if "tier" in table else Tier.SAFE,
        path=table.text("path") if "path" in table else None,
        needed=table.texts("needed") if "needed" in table else (),
        versions=frozenset(table.texts("versions")) if "versions" in table else None,
        exports=exports,
    )


def _package(table: Table) -> BundledPackage:
    table.allow("name", "version", "modules")
    version = table.text("version") if "version" in table else None
    return BundledPackage(name=table.text("name"), version=version, modules=table.texts("modules"))


def _lifecycle(table: Table) -> Lifecycle:
    table.allow(*(field.name for field in fields(Lifecycle)))
    return Lifecycle(**{key: table.day(key) for key in table})


def _layer(table: Table, base: LayerFolders) -> LayerFolders:
    table.allow(*(field.name for field in fields(LayerFolders)))
    told: dict[str, Any] = {key: table.text(key) if key == "root" else table.texts(key) for key in table}
    return replace(base, **told)


def _sources(table: Table) -> Iterator[tuple[str, Source]]:
    for key in table:
        fact = table.table(key).allow("how", "source")
        yield key, Source(fact.choice("how", Confidence), fact.text("source"))
