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
_GLIBC_MARKS: Final = {"GLIBC_ABI_DT_RELR": "GLIBC_2.36"}
# The loader kills the process where versions are needed of a library that no file asks for (some tools rename a DT_NEEDED
# entry, and not what goes with it), and where the library that a version is needed of has the symbol, but no versions at all.
_UNASKED: Final = "dl-version.c: _dl_check_map_versions: Assertion `needed != NULL'"
_UNVERSIONED: Final = "dl-lookup.c: check_match: Assertion `! _dl_name_match_p (version->filename, map)'"
_PRIVATE: Final = "GLIBC_PRIVATE"
_NOTHING: Final[frozenset[str]] = frozenset()


class Offer(NamedTuple):
    """What a library has for others.

    ``default`` answers references without a version, ``unversioned`` references with any version; ``versions`` holds
    the names under each version that it defines.
    """

    default: frozenset[str]
    unversioned: frozenset[str]
    versions: dict[str, frozenset[str]]


class _Scope(NamedTuple):
    """Where the symbols of one process are looked for. ``python`` is None where the interpreter's exports aren't known."""

    process: Process
    objects: tuple[Object, ...]
    python: frozenset[str] | None
    blind: bool


class Binding:
    """Binds what is loaded into processes of one world; remembers what each library offers."""

    def __init__(self, world: World) -> None:
        """Keep the world."""
        self._world = world
        self._offers: dict[str, Offer] = {}
        self._loose: dict[tuple[str, bool], frozenset[str]] = {}
        # Lookups go through what a file needs, the interpreter and what that links to, not through what other modules have
        # loaded for themselves; no interpreter is linked to the C++ library.
        self._global = tuple(
            held for name, held in world.loaded.items() if not name.startswith(("libstdc++", "libgcc_s"))
        )

    def problems(self, process: Process, *, python: bool) -> tuple[list[LoadProblem], list[str]]:
        """Return what can't be bound in a process, and the symbols of which that can't be told."""
        objects = (*process.objects, *process.shared, *(self._global if python else ()))
        incomplete = any(problem.kind is not Problem.OFF_SEARCH_PATH for problem in process.problems)
        exports = self._world.runtime.python_exports if python else _NOTHING
        blind = incomplete or exports is None or any(_blind(held) for held in objects)
        scope = _Scope(process, objects, exports, blind)
        found: list[LoadProblem] = []
        untold: list[str] = []
        for item in process.objects:
            if item.facts is not None:
                found += self._version_problems(process, item, item.facts)
        for item in process.objects:
            if item.facts is not None:
                found += self._versioned_problems(scope, item, item.facts)
                loose = self._unbound(scope, item, item.facts)
                unsure = _unsure(scope, loose)
                untold += sorted(unsure)
                if loose - unsure:
                    found.append(self._undefined(item, sorted(loose - unsure), None))
        return found, untold

    def _version_problems(self, process: Process, item: Object, facts: Elf) -> Iterable[LoadProblem]:
        for need in facts.version_needs:
            provider = process.asked(need.soname)
            if provider is None:
                if all(problem.soname != need.soname for problem in process.problems):
                    yield _inconsistency(item, need, _UNASKED, need.symbols)
                continue
            if need.weak:
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
        if version == _PRIVATE:  # no list of a public interface has it, and every glibc does
            return None
        counted = lacking(self._world.runtime, version)
        known = provider.library.versions if provider.library is not None else None
        if known is None or counted is Certainty.POSSIBLE:
            return counted
        return Certainty.CERTAIN if known and version not in known else None

    def _versioned_problems(self, scope: _Scope, item: Object, facts: Elf) -> Iterable[LoadProblem]:
        for need in facts.version_needs:
            clashing = self._clashing(scope, need)
            if clashing:
                yield _inconsistency(item, need, _UNVERSIONED, clashing)
                continue
            missing = self._unbound_versioned(scope, need)
            if missing:
                yield self._undefined(item, missing, need.version)

    def _clashing(self, scope: _Scope, need: VersionNeed) -> str:
        """The symbols of one version that the library named has without any versions, where none before it has them."""
        provider = scope.process.asked(need.soname)
        facts = provider.facts if provider is not None else None
        if provider is None or facts is None or facts.version_needs or facts.version_definitions:
            return ""
        own = self._offer(provider).unversioned
        place = scope.objects.index(provider)
        before = scope.objects[:place] + tuple(held for held in scope.objects if held in self._global)
        offers = [self._offer(held) for held in before]
        return " ".join(
            name
            for name in names(need.symbols)
            if name in own
            and name not in (scope.python or _NOTHING)
            and not any(
                name in offer.unversioned or name in offer.versions.get(need.version, ()) for offer in offers
            )
        )

    def _unbound_versioned(self, scope: _Scope, need: VersionNeed) -> list[str]:
        """The symbols of one version that nothing in scope has, as far as that is known."""
        provider = scope.process.asked(need.soname)
        if not need.symbols or provider is None or _blind(provider):
            return []  # if anything is wrong here, it is the library or its version
        if self._lacks(provider, need.version) is not None and not need.weak:
            return []
        if need.version == _PRIVATE and need.version not in self._offer(provider).versions:
            return []
        held = self._offer(provider).versions.get(need.version, _NOTHING)
        missing = [name for name in names(need.symbols) if name not in held]
        for other in scope.objects if missing else ():
            offer = self._offer(other)
            held = offer.versions.get(need.version, _NOTHING)
            missing = [name for name in missing if name not in held and name not in offer.unversioned]
        return [name for name in missing if name not in (scope.python or _NOTHING)]

    def _unbound(self, scope: _Scope, item: Object, facts: Elf) -> frozenset[str]:
        """The symbols without a version that nothing in scope has."""
        key = (item.file, scope.python is _NOTHING)
        if key not in self._loose:
            self._loose[key] = frozenset(names(facts.undefined)) - (scope.python or _NOTHING)
        loose = self._loose[key]
        for other in scope.objects if loose else ():
            loose -= self._offer(other).default
        return loose

    def _undefined(self, item: Object, missing: list[str], version: str | None) -> LoadProblem:
        elsewhere = sorted(
            {path for name in missing for path in self._world.stack.defining(name) if path != item.file}
        )
        suffix = f", version {version}" if version else ""
        return LoadProblem(
            kind=Problem.UNDEFINED_SYMBOL,
            certainty=Certainty.POSSIBLE if elsewhere else Certainty.CERTAIN,
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
            offer = _offer_of_file(item.facts) if item.facts else _offer_of_library(item.library)
            self._offers[item.file] = offer
        return offer


def _inconsistency(item: Object, need: VersionNeed, assertion: str, symbols: str) -> LoadProblem:
    return LoadProblem(
        kind=Problem.MISSING_VERSION,
        certainty=Certainty.CERTAIN,
        message=f"Inconsistency detected by ld.so: {assertion} failed!",
        file=item.path,
        chain=item.chain,
        soname=need.soname,
        version=need.version,
        symbols=tuple(names(symbols)),
    )


def _unsure(scope: _Scope, loose: frozenset[str]) -> frozenset[str]:
    """Those of the unbound symbols that an unknown library may have; Python's own no system library has."""
    if not scope.blind:
        return _NOTHING
    if scope.python is None:
        return loose
    return frozenset(name for name in loose if not name.startswith(_PYTHON_NAMES))


def lacking(runtime: Runtime, version: str) -> Certainty | None:
    """Return how surely a system library lacks a version that is counted per release, or None.

    A version of an unknown kind is none that can be told.
    """
    prefix, _, digits = _GLIBC_MARKS.get(version, version).partition("_")
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
    """Whether a loaded library may have symbols that no one knows of; Python's own are known otherwise."""
    if "libpython" in item.path:
        return False
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
