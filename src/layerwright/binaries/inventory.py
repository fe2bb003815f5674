"""A root filesystem described as a runtime, from its files alone: what its loader finds, and what its Python brings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from layerwright.binaries.facts import Elf, names
from layerwright.binaries.inventory_python import bundled_packages, present_modules, python_folders
from layerwright.binaries.ld_so import LOADERS, default_folders, read_cache
from layerwright.binaries.process import Process, World
from layerwright.binaries.read import read_binary
from layerwright.binaries.root import Root
from layerwright.binaries.search import SearchPath
from layerwright.binaries.stack import Stack
from layerwright.binaries.suffixes import accepted_suffixes
from layerwright.errors import UsageError
from layerwright.targets.entry import architectures
from layerwright.targets.plain import plain_runtime
from layerwright.targets.runtime import Confidence, Library, Runtime, Source, Tier
from layerwright.targets.symbols import newest_versions
from layerwright.targets.target import Target

_INTERPRETERS: Final = (
    "/var/lang/bin/python{}", "/usr/local/bin/python{}", "/usr/bin/python{}", "/opt/python/bin/python{}", "/bin/python{}",
)  # fmt: skip
# What AWS's images set for the process; a root filesystem doesn't hold it.
_LAMBDA_MARK: Final = "/var/runtime/bootstrap"
_LAMBDA_LIBRARY_PATH: Final = (
    "/var/lang/lib", "/lib64", "/usr/lib64", "/var/runtime", "/var/runtime/lib", "/var/task", "/var/task/lib", "/opt/lib",
)  # fmt: skip
_GLIBC = re.compile(rb"GNU C Library [^\n]*release version (\d+)\.(\d+)")


def inventory(
    root: Path,
    *,
    python: tuple[int, int],
    architecture: str,
    name: str | None = None,
    library_path: tuple[str, ...] | None = None,
) -> Runtime:
    """Return a root filesystem as a runtime with a full listing of its libraries; nothing in it is run.

    ``name`` is what the runtime is called (the folder's name by default); ``library_path`` the LD_LIBRARY_PATH that its
    processes get (that of Lambda where the root is one of its images, else none). Raises UsageError
    where the root has no such Python, or no C library for the architecture.
    """
    if architecture not in architectures():
        raise UsageError(f"architecture is {architecture!r}, expected one of {', '.join(architectures())}")
    files = Root(root)
    machine = architectures()[architecture].machine
    if library_path is None:
        library_path = _LAMBDA_LIBRARY_PATH if files.is_file(_LAMBDA_MARK) else ()
    interpreter, program = _interpreter(files, python, machine, root)
    places = dict(_places(files, machine, library_path))
    listing = _Listing(files, machine, places)
    glibc = _glibc(listing, root)
    target = Target(
        runtime=name or root.resolve().name, python=python, architecture=architecture, glibc=glibc
    )
    plain = replace(
        plain_runtime(target),
        libraries={},
        library_path=library_path,
        system_library_path=tuple(dict.fromkeys(posixpath.dirname(path) for path in places.values())),
    )
    libraries = dict(listing.libraries(SearchPath(plain)))
    loaded, exports = _interpreter_closure(plain, listing, interpreter, program)
    newest = newest_versions(library.versions or () for library in libraries.values())
    folders = python_folders(files, interpreter, python)
    return replace(
        plain,
        title=_title(files) or target.runtime,
        system=_os_release(files).get("ID", target.runtime),
        libraries=dict(sorted(libraries.items())),
        symbol_floor=newest,
        symbol_ceiling=newest,
        loaded=loaded,
        python_exports=exports,
        extension_suffixes=accepted_suffixes(python, machine),
        stdlib_modules=present_modules(files, folders, plain.stdlib_modules, exports),
        bundled=bundled_packages(files, folders),
        sys_path=(*_layer_folders(plain), *folders.sys_path),
        interpreter=interpreter,
        sources={"inventory": Source(Confidence.VERIFIED, f"the files of {target.runtime}")},
    )


class _Listing:
    """The libraries of a root for one machine, read once each: ``places`` maps names to paths."""

    def __init__(self, files: Root, machine: str, places: Mapping[str, str]) -> None:
        self.files = files
        self._machine = machine
        self.facts: dict[str, Elf] = {}
        self.links: dict[str, str] = {}
        self.names: dict[str, str] = {}
        for name, path in places.items():
            if self.add(path) is not None:
                self.names[name] = path

    def add(self, path: str) -> Elf | None:
        """Read what stands at a path, if it is a library for the machine."""
        real = self.files.resolve(path)
        if real is None:
            return None
        if real not in self.facts:
            facts = read_binary(self.files.read(real) or b"")
            if not isinstance(facts, Elf) or facts.machine != self._machine or facts.unloadable:
                return None
            self.facts[real] = facts
        here = posixpath.join(self.files.resolve(posixpath.dirname(path)) or "/", posixpath.basename(path))
        if real != here:
            self.links[here] = real
        return self.facts[real]

    def libraries(self, search: SearchPath) -> Iterator[tuple[str, Library]]:
        """Yield each library by the name under which it is found; one in a folder of its own by its path."""
        private: dict[str, str] = {}
        for name, path in self.names.items():
            yield name, self._library(name, path, search, private)
        done: set[str] = set()
        while set(private) - done:
            for path in sorted(set(private) - done):
                done.add(path)
                yield path, self._library(path, path, search, private)

    def _library(self, name: str, path: str, search: SearchPath, private: dict[str, str]) -> Library:
        facts = self.facts[self.files.resolve(path) or path]
        offered = frozenset(_exports(facts))
        return Library(
            soname=name,
            tier=Tier.SAFE,
            path=path,
            needed=tuple(self._place(need, path, facts, search, private) for need in facts.needed),
            exports=offered,
            versions=frozenset(facts.version_definitions),
        )

    def _place(self, need: str, path: str, facts: Elf, search: SearchPath, private: dict[str, str]) -> str:
        """The name of a need, or its path where the library's own search path leads to a folder of its own."""
        for text in (facts.runpath or facts.rpath, None):
            for folder in search.expanded(text, path) if text else ():
                found = f"{folder}/{need}"
                if found not in self.names.values() and self.add(found) is not None:
                    private[found] = need
                    return found
        return need


def _exports(facts: Elf) -> Iterator[str]:
    for text in names(facts.defined):
        name, at, version = text.partition("@")
        if name == version.lstrip("@"):  # the version itself is such a symbol
            continue
        if not at or version.startswith("@"):
            yield name
        if at:
            yield f"{name}@{version.lstrip('@')}"


def _places(files: Root, machine: str, library_path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield names and paths of what a search without a path of its own finds, each name once, in the order of the search."""
    found: dict[str, str] = {}
    for folder in library_path:
        for name in files.names(folder):
            found.setdefault(name, f"{folder}/{name}")
    for entry in read_cache(files, machine):
        if not entry.levels and files.is_file(entry.path):
            found.setdefault(entry.name, entry.path)
    for folder in default_folders(files, machine):
        for name in files.names(folder):
            found.setdefault(name, f"{folder}/{name}")
    for path in LOADERS[machine]:
        if files.is_file(path):
            found.setdefault(posixpath.basename(path), path)
    yield from ((name, path) for name, path in found.items() if ".so" in name)


def _interpreter(files: Root, python: tuple[int, int], machine: str, root: Path) -> tuple[str, Elf]:
    version = f"{python[0]}.{python[1]}"
    tried = [pattern.format(version) for pattern in _INTERPRETERS]
    for path in tried:
        facts = read_binary(files.read(path) or b"")
        if isinstance(facts, Elf):
            if facts.machine != machine:
                raise UsageError(f"{root}{path} is built for {facts.machine}, expected {machine}")
            return path, facts
    raise UsageError(
        f"{root} has no Python {version}", hint=f"looked for {', '.join(tried)}; is --python right?"
    )


def _glibc(listing: _Listing, root: Path) -> tuple[int, int]:
    path = listing.names.get("libc.so.6")
    if path is None:
        raise UsageError(
            f"{root} has no libc.so.6 that its loader would find",
            hint="a musl system can't run Lambda's wheels",
        )
    match = _GLIBC.search(listing.files.read(path) or b"")
    if match is None:
        raise UsageError(f"{root}{path} doesn't say which release of glibc it is")
    return int(match[1]), int(match[2])


def _interpreter_closure(
    plain: Runtime, listing: _Listing, path: str, program: Elf
) -> tuple[frozenset[str], frozenset[str]]:
    """The sonames that the interpreter has loaded, and the symbols that it gives to extension modules."""
    real = listing.files.resolve(path) or path
    links = {**listing.links, **{f"/{top}": goal for top, goal in _top_links(listing.files)}}
    world = World(Stack({**listing.facts, real: program}, links), replace(plain, complete=True))
    process = Process(world, python=False)
    process.open(real, program)
    libraries = process.objects[1:]
    loaded = {posixpath.basename(item.path) for item in libraries}
    loaded |= {item.facts.soname for item in libraries if item.facts and item.facts.soname}
    python = [program, *(item.facts for item in libraries if item.facts and "libpython" in item.path)]
    exports = {symbol for facts in python for symbol in _exports(facts) if "@" not in symbol}
    return frozenset(loaded), frozenset(exports)


def _top_links(files: Root) -> Iterator[tuple[str, str]]:
    for name in ("bin", "lib", "lib64", "sbin"):
        real = files.resolve(f"/{name}")
        if real is not None and real != f"/{name}":
            yield name, real


def _layer_folders(plain: Runtime) -> tuple[str, ...]:
    return ("/var/task", *(f"{plain.layer.root}/{folder}" for folder in plain.layer.python))


def _os_release(files: Root) -> dict[str, str]:
    text = (files.read("/etc/os-release") or b"").decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key: value.strip().strip("\"'") for key, _, value in pairs}


def _title(files: Root) -> str | None:
    return _os_release(files).get("PRETTY_NAME")
