"""The files that a simulated loader can meet: those of the layers and the function, and the runtime's libraries."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from layerwright.binaries.facts import Elf, Facts, names
from layerwright.targets.runtime import Library, Runtime, Tier

_MOST_LINKS: Final = 40  # as many as the kernel follows


class Stack:
    """The files of a stack by their absolute paths, with the symbolic links among them.

    ``links`` maps a link's absolute path to its target, absolute or relative to the link's folder.
    """

    def __init__(self, files: Mapping[str, Facts], links: Mapping[str, str]) -> None:
        """Keep both mappings; nothing is copied."""
        self.files = files
        self._links = links

    def resolve(self, path: str) -> str | None:
        """Return the path of the file that stands at a normal path, through links, or None where there is none."""
        if path in self.files:
            return path
        return self._follow(path) if self._links else None

    def _follow(self, path: str) -> str | None:
        for _ in range(_MOST_LINKS):
            link = next((part for part in _prefixes(path) if part in self._links), None)
            if link is None:
                return path if path in self.files else None
            target = posixpath.join(posixpath.dirname(link), self._links[link])
            path = posixpath.normpath(target + path[len(link) :])
        return None

    def named(self, name: str) -> tuple[str, ...]:
        """Return the paths of the libraries that have a file name or a DT_SONAME, sorted."""
        return self._by_name.get(name, ())

    def defining(self, symbol: str) -> tuple[str, ...]:
        """Return the paths of the libraries that define a symbol, in any version, sorted."""
        return self._by_symbol.get(symbol, ())

    @cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for path, facts in self.files.items():
            found.setdefault(posixpath.basename(path), set()).add(path)
            if isinstance(facts, Elf) and facts.soname:
                found.setdefault(facts.soname, set()).add(path)
        for link in self._links:
            path_or_none = self._follow(link)
            if path_or_none is not None:
                found.setdefault(posixpath.basename(link), set()).add(path_or_none)
        return {name: tuple(sorted(paths)) for name, paths in found.items()}

    @cached_property
    def _by_symbol(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for path in sorted(self.files):
            facts = self.files[path]
            if isinstance(facts, Elf):
                for symbol in {text.partition("@")[0] for text in names(facts.defined)}:
                    found[symbol] = (*found.get(symbol, ()), path)
        return found


class System:
    """The runtime's libraries by folder and name."""

    def __init__(self, runtime: Runtime) -> None:
        """Index the libraries that may be there; one whose place isn't known stands in the first system folder."""
        self._runtime = runtime
        self._at: dict[str, Library] = {}
        home = next(iter(runtime.system_library_path), "/lib64")
        for name, library in runtime.libraries.items():
            if library.tier is not Tier.ABSENT:
                path = library.path or f"{home}/{name}"
                self._at[path] = library
                self._at[f"{posixpath.dirname(path)}/{name}"] = library

    def at(self, path: str) -> Library | None:
        """Return the library that stands at a path; ``/lib`` and ``/usr/lib`` are one folder, as are their like."""
        return self._at.get(path) or self._at.get("/usr" + path) or self._at.get(path.removeprefix("/usr"))

    def named(self, soname: str) -> Library | None:
        """Return the library of that name, wherever it stands, unless it is absent."""
        library = self._runtime.libraries.get(soname)
        return None if library is None or library.tier is Tier.ABSENT else library


def _prefixes(path: str) -> Iterator[str]:
    """Every path above one and the path itself, shortest first."""
    at = path.find("/", 1)
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)
    yield path
