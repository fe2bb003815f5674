"""The text of a described runtime, as ``read_description`` reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields

from layerwright.targets.interpreter import python_exports, stdlib_modules
from layerwright.targets.runtime import LayerFolders, Library, Lifecycle, Runtime
from layerwright.targets.symbols import exports_text


def write_description(runtime: Runtime) -> str:
    """Return the TOML text that reads as ``runtime``; what is usual for its Python is left out."""
    return "".join(f"{line}\n" for line in _lines(runtime))


def _lines(runtime: Runtime) -> Iterator[str]:
    target = runtime.target
    yield "schema_version = 1"
    yield f"name = {_text(target.runtime)}"
    yield f"title = {_text(runtime.title)}"
    yield f"system = {_text(runtime.system)}"
    yield f'python = "{target.python_version}"'
    yield f"architecture = {_text(target.architecture)}"
    yield f'glibc = "{target.glibc[0]}.{target.glibc[1]}"'
    yield f"complete = {_flag(on=runtime.complete)}"
    yield f"snapstart = {_flag(on=runtime.snapstart)}"
    if runtime.openssl is not None:
        yield f"openssl = {_text(runtime.openssl)}"
    yield f"interpreter = {_text(runtime.interpreter)}"
    yield f"extension_suffixes = {_array(runtime.extension_suffixes)}"
    yield f"library_path = {_array(runtime.library_path)}"
    yield f"system_library_path = {_array(runtime.system_library_path)}"
    yield f"sys_path = {_array(runtime.sys_path)}"
    yield f"loaded = {_array(sorted(runtime.loaded))}"
    if runtime.stdlib_modules != stdlib_modules(target.python):
        yield f"stdlib_modules = {_text(' '.join(sorted(runtime.stdlib_modules)))}"
    if runtime.python_exports != python_exports(target.python):
        yield f"python_exports = {_text(' '.join(sorted(runtime.python_exports or ())))}"
    yield from _table("symbols.floor", runtime.symbol_floor.items())
    yield from _table("symbols.ceiling", runtime.symbol_ceiling.items())
    yield from _table("versions", runtime.versions.items())
    yield from _table("environment", runtime.environment.items())
    yield from _layer(runtime.layer)
    if runtime.lifecycle is not None:
        yield from _lifecycle(runtime.lifecycle)
    for package in runtime.bundled:
        yield "\n[[bundled]]"
        yield f"name = {_text(package.name)}"
        if package.version is not None:
            yield f"version = {_text(package.version)}"
        yield f"modules = {_array(package.modules)}"
    for _, library in sorted(runtime.libraries.items()):
        yield from _library(library)
    if runtime.sources:
        yield "\n[sources]"
    for key, source in sorted(runtime.sources.items()):
        yield f"{_key(key)} = {{ how = {_text(source.how)}, source = {_text(source.text)} }}"


def _library(library: Library) -> Iterator[str]:
    yield f"\n[libraries.{_key(library.soname)}]"
    yield f"tier = {_text(library.tier)}"
    if library.path is not None:
        yield f"path = {_text(library.path)}"
    if library.needed:
        yield f"needed = {_array(library.needed)}"
    if library.versions is not None:
        yield f"versions = {_array(sorted(library.versions))}"
    if library.exports is not None:
        yield f"exports = '''\n{exports_text(library.exports)}'''"


def _layer(layer: LayerFolders) -> Iterator[str]:
    yield "\n[layer]"
    yield f"root = {_text(layer.root)}"
    for name in [field.name for field in fields(LayerFolders)][1:]:
        yield f"{name} = {_array(getattr(layer, name))}"


def _lifecycle(lifecycle: Lifecycle) -> Iterator[str]:
    yield "\n[lifecycle]"
    for field in fields(Lifecycle):
        day = getattr(lifecycle, field.name)
        if day is not None:
            yield f"{field.name} = {day.isoformat()}"


def _table(name: str, items: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"\n[{name}]"
    for key, value in sorted(items):
        yield f"{_key(key)} = {_text(value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _array(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _flag(*, on: bool) -> str:
    return "true" if on else "false"


def _text(value: str) -> str:
    """A literal string where that can hold ``value`` (it is read faster), else a basic one.

    What is no Unicode (a file's name may be none) becomes U+FFFD, since TOML can't tell it.
    """
    if "'" not in value and value.isprintable():
        return f"'{value}'"
    value = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    escaped = (char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in value)
    return f'"{"".join(escaped)}"'
