"""What is known of an operating system under the runtimes: its libraries, symbol versions and search paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from layerwright.targets.entry import DATA, read_data
from layerwright.targets.runtime import Confidence, Library, Source, Tier
from layerwright.targets.sections import read_sections
from layerwright.targets.symbols import UNVERSIONED, read_exports, sections_within


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """An operating system on one architecture; the fields mean what they mean in ``Runtime``.

    ``loader`` is the soname of the dynamic loader.
    """

    name: str
    libraries: Mapping[str, Library]
    symbol_floor: Mapping[str, str]
    symbol_ceiling: Mapping[str, str]
    system_library_path: tuple[str, ...]
    loader: str
    versions: Mapping[str, str]
    sources: Mapping[str, Source]


def load_system(name: str, architecture: str) -> SystemFacts:
    """Return what is known of the system ``name`` (``al2``) on ``architecture``."""
    facts = read_data(f"{name}.toml")
    floor, ceiling = load_symbol_limits(name, architecture)
    libraries = {library.soname: library for library in _listed(facts, architecture)}
    for library in _with_symbols(
        libraries, _symbol_sections(facts["symbols"]["lists"], architecture), ceiling
    ):
        libraries[library.soname] = library
    return SystemFacts(
        name=name,
        libraries=dict(sorted(libraries.items())),
        symbol_floor=floor,
        symbol_ceiling=ceiling,
        system_library_path=tuple(facts["paths"]["system_library_path"]),
        loader=next(soname for soname in libraries if soname.startswith("ld-linux")),
        versions=facts["versions"],
        sources={
            f"{name}.{key}": Source(Confidence(fact["how"]), fact["source"])
            for key, fact in facts["sources"].items()
        },
    )


def load_symbol_limits(name: str, architecture: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the floor and the ceiling of the system's symbol versions, as in ``Runtime``."""
    limits = read_data(f"{name}.toml")["symbols"][architecture]
    return limits["floor"], limits.get("ceiling", limits["floor"])


def _listed(facts: Mapping[str, Any], architecture: str) -> Iterator[Library]:
    folder = facts["paths"]["library_folder"]
    listed = facts["libraries"]
    for table in (listed, listed[architecture]):
        for tier in Tier:
            for soname in table.get(tier, "").split():
                path = None if tier is Tier.ABSENT else f"{folder}/{soname}"
                yield Library(soname=soname, tier=tier, path=path)
    for place, known in listed.get("at", {}).items():
        for soname, fact in known.items():
            versions = frozenset(fact["versions"])
            yield Library(soname=soname, tier=Tier(fact["tier"]), path=f"{place}/{soname}", versions=versions)


def _symbol_sections(lists: Iterable[str], architecture: str) -> Mapping[str, list[tuple[str, list[str]]]]:
    """The sections of the symbol lists by soname: those of all architectures, and those of this one."""
    sections: defaultdict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for name in lists:
        for file in (f"{name}.txt", f"{name}.{architecture}.txt"):
            for heading, words in read_sections((DATA / "symbols" / file).read_text(encoding="ascii")):
                soname, _, version = heading.partition(" ")
                sections[soname].append((version, words))
    return sections


def _with_symbols(
    libraries: Mapping[str, Library],
    sections: Mapping[str, list[tuple[str, list[str]]]],
    ceiling: Mapping[str, str],
) -> Iterator[Library]:
    """The libraries that the sections tell of, with what they need, define and export."""
    for soname, parts in sections.items():
        if soname not in libraries:
            continue
        needed = {name for version, names in parts if version == "needed" for name in names}
        exports = list(sections_within([part for part in parts if part[0] != "needed"], ceiling))
        yield replace(
            libraries[soname],
            needed=tuple(sorted(needed)),
            versions=frozenset(version.removeprefix("~") for version, _ in exports if version != UNVERSIONED),
            exports=read_exports(exports),
        )
