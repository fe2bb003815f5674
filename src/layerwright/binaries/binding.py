"""Versions and symbols, bound as glibc does it for a file that is opened with RTLD_NOW (elf/dl-version.c, dl-lookup.c)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from layerwright.binaries.facts import Elf, VersionNeed, names
from layerwright.binaries.loading import Certainty, LoadProblem, Problem
from layerwright.binaries.process import Object, Process, World
from layerwright.targets.runtime import Library, Runtime

_PYTHON_NAMES: Final = ("Py", "_Py")
# Versions without a number say what else the C library can do; each came with a release.
_GLIBC_MARKS: Final = {"GLIBC_ABI_DT_RELR": (2, 36)}
_NOTHING: Final[frozenset[str]] = frozenset()


class Offer(NamedTuple):
    """What a library has for others.

    ``default`` answers references without a version, ``unversioned`` references with any version; ``versions`` holds
    the names under each version that it defines.
    """

    default: frozenset[str]
    unversioned: frozenset[str]
    versions: dict[str, frozenset[str]]


class Binding:
    """Binds what is loaded into processes of one world; remembers what each library offers."""

    def __init__(self, world: World) -> None:
        """Keep the world."""
        self._world = world
        self._python = world.runtime.python_exports
        self._offers: dict[str, Offer] = {}
        self._loose: dict[str, frozenset[str]] = {}

    def problems(self, process: Process, *, python: bool) -> tuple[list[LoadProblem], list[str]]:
        """Return what can't be bound in a process, and the symbols of which that can't be told."""
        found: list[LoadProblem] = []
        untold: list[str] = []
        exports = self._python if python else _NOTHING
        scope = [*process.objects, *(self._world.loaded.values() if python else ())]
        for item in process.objects:
            if item.facts is not None:
                found += self._version_problems(process, item, item.facts)
        for item in process.objects:
            if item.facts is not None:
                self._bind(process, item, item.facts, scope, exports, found, untold)
        return found, untold

    def _version_problems(self, process: Process, item: Object, facts: Elf) -> Iterable[LoadProblem]:
        for need in facts.version_needs:
            provider = process.named(need.soname)
            if provider is None or need.weak:
                continue
            certainty = self._lacks(provider, need.version)
            if certainty is not None:
                place = provider.path if "/" in provider.path else f"/lib64/{provider.path}"
                yield LoadProblem(
                    kind=Problem.MISSING_VERSION,
                    certainty=certainty,
                    message=f"{place}: version `{need.version}' not found (required by {item.path})",
                    file=item.path,
                    chain=item.chain,
                    soname=need.soname,
                    provider=place,
                    version=need.version,
                    symbols=tuple(names(need.symbols)),
                )

    def _lacks(self, provider: Object, version: str) -> Certainty | None:
        """How surely a library lacks a version; a library without any versions passes for all."""
        if provider.facts is not None:
            defined = provider.facts.version_definitions
            return Certainty.CERTAIN if defined and version not in defined else None
        if provider.library is not None and provider.library.versions is not None:
            known = provider.library.versions
            return Certainty.CERTAIN if known and version not in known else None
        return lacking(self._world.runtime, version)

    def _bind(
        self,
        process: Process,
        item: Object,
        facts: Elf,
        scope: list[Object],
        exports: frozenset[str] | None,
        found: list[LoadProblem],
        untold: list[str],
    ) -> None:
        for need in facts.version_needs:
            missing = self._unbound_versioned(process, need, scope, exports)
            if missing:
                found.append(self._undefined(item, missing, need.version, Certainty.CERTAIN))
        loose = self._loose.get(item.file)
        if loose is None:
            loose = self._loose[item.file] = frozenset(names(facts.undefined)) - (self._python or _NOTHING)
        if exports is not self._python:  # a program: the interpreter's symbols aren't there
            loose = frozenset(names(facts.undefined))
        for other in scope if loose else ():
            loose -= self._offer(other).default
        if not loose:
            return
        blind = any(_blind(other) for other in scope) or any(
            problem.kind is not Problem.MISSING_VERSION for problem in process.problems
        )
        sure = {
            name for name in loose if not blind or (exports is not None and name.startswith(_PYTHON_NAMES))
        }
        if sure:
            found.append(self._undefined(item, sorted(sure), None, Certainty.CERTAIN))
        untold.extend(sorted(loose - sure))

    def _unbound_versioned(
        self, process: Process, need: VersionNeed, scope: list[Object], exports: frozenset[str] | None
    ) -> list[str]:
        """The symbols of one version that nothing in scope has, as far as that is known."""
        if not need.symbols:
            return []
        provider = process.named(need.soname)
        if provider is None or _blind(
            provider
        ):  # the library or its version is what is wrong, if anything is
            return []
        if self._lacks(provider, need.version) is not None and not need.weak:
            return []
        held = self._offer(provider).versions.get(need.version, _NOTHING)
        missing = [name for name in names(need.symbols) if name not in held]
        for other in scope if missing else ():
            offer = self._offer(other)
            held = offer.versions.get(need.version, _NOTHING)
            missing = [name for name in missing if name not in held and name not in offer.unversioned]
        return [name for name in missing if name not in (exports or _NOTHING)]

    def _undefined(
        self, item: Object, missing: list[str], version: str | None, certainty: Certainty
    ) -> LoadProblem:
        elsewhere = sorted(
            {path for name in missing for path in self._world.stack.defining(name) if path != item.file}
        )
        suffix = f", version {version}" if version else ""
        return LoadProblem(
            kind=Problem.UNDEFINED_SYMBOL,
            certainty=Certainty.POSSIBLE if elsewhere else certainty,
            message=f"{item.path}: undefined symbol: {missing[0]}{suffix}",
            file=item.path,
            chain=item.chain,
            version=version,
            symbols=tuple(missing),
            candidates=tuple(elsewhere),
        )

    def _offer(self, item: Object) -> Offer:
        offer = self._offers.get(item.file)
        if offer is None:
            if item.facts is not None:
                offer = _offer_of_file(item.facts)
            else:
                offer = _offer_of_library(item.library)
            self._offers[item.file] = offer
        return offer


def lacking(runtime: Runtime, version: str) -> Certainty | None:
    """Return how surely a system library lacks a version that is counted per release, or None.

    A version of an unknown kind is none that can be told.
    """
    if version in _GLIBC_MARKS:
        number = _GLIBC_MARKS[version]
        prefix = "GLIBC"
    else:
        prefix, _, digits = version.partition("_")
        if not digits.replace(".", "").isdigit():
            return None
        number = _numbers(digits)
    floor, ceiling = runtime.symbol_floor.get(prefix), runtime.symbol_ceiling.get(prefix)
    if floor is None or number <= _numbers(floor):
        return None
    return Certainty.POSSIBLE if ceiling is not None and number <= _numbers(ceiling) else Certainty.CERTAIN


def _numbers(text: str) -> tuple[int, ...]:
    found = [int(part) for part in text.split(".") if part]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _blind(item: Object) -> bool:
    """Whether a loaded library may have symbols that no one knows of."""
    return item.facts is None and (item.library is None or item.library.exports is None)


def _offer_of_file(facts: Elf) -> Offer:
    default: set[str] = set()
    unversioned: set[str] = set()
    versions: dict[str, set[str]] = {}
    for text in names(facts.defined):
        name, at, version = text.partition("@")
        if not at:
            unversioned.add(name)
        elif version.startswith("@"):
            default.add(name)
            versions.setdefault(version[1:], set()).add(name)
        else:
            versions.setdefault(version, set()).add(name)
    return Offer(
        frozenset(default | unversioned),
        frozenset(unversioned),
        {version: frozenset(held) for version, held in versions.items()},
    )


def _offer_of_library(library: Library | None) -> Offer:
    if library is None or library.exports is None:
        return Offer(_NOTHING, _NOTHING, {})
    versions: dict[str, set[str]] = {}
    plain: set[str] = set()
    versioned: set[str] = set()
    for text in library.exports:
        name, at, version = text.partition("@")
        if at:
            versions.setdefault(version, set()).add(name)
            versioned.add(name)
        else:
            plain.add(name)
    return Offer(
        frozenset(plain),
        frozenset(plain - versioned),
        {version: frozenset(held) for version, held in versions.items()},
    )
