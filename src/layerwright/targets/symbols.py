"""The symbols that a library gives to others, as sections by version.

A section's heading is a version (``GLIBC_2.17``), ``~`` and a version for symbols that only a reference with
that version binds to (old versions that are kept for old programs), or ``-`` for symbols without a version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from layerwright.targets.sections import read_sections, write_sections

UNVERSIONED = "-"


def read_exports(sections: Iterable[tuple[str, Iterable[str]]]) -> frozenset[str]:
    """Return the symbols of ``sections`` as ``Library.exports`` holds them.

    >>> sorted(read_exports([("-", ["a"]), ("V_1", ["b"]), ("~V_0", ["c"])]))
    ['a', 'b', 'b@V_1', 'c@V_0']
    """
    exports: set[str] = set()
    for heading, names in sections:
        if heading == UNVERSIONED:
            exports.update(names)
            continue
        version = "@" + heading.removeprefix("~")
        exports.update([name + version for name in names])
        if not heading.startswith("~"):
            exports.update(names)
    return frozenset(exports)


def exports_text(exports: frozenset[str]) -> str:
    """Return the text that ``exports_from_text`` reads as ``exports``."""
    return write_sections(dict(sorted(_by_heading(exports).items())))


def exports_from_text(text: str) -> frozenset[str]:
    """Return the symbols of a text of sections; raises ValueError when it isn't one."""
    return read_exports(read_sections(text))


def _by_heading(exports: frozenset[str]) -> Mapping[str, set[str]]:
    sections: defaultdict[str, set[str]] = defaultdict(set)
    versioned = set()
    for symbol in exports:
        name, at, version = symbol.partition("@")
        if at:
            sections[version if name in exports else f"~{version}"].add(name)
            versioned.add(name)
    plain = {symbol for symbol in exports if "@" not in symbol} - versioned
    return {**sections, UNVERSIONED: plain} if plain else sections
