"""The symbols that a library gives to others, as sections by version.

A section's heading is a version (``GLIBC_2.17``), ``~`` and a version for symbols that only a reference with
that version binds to (old versions that are kept for old programs), or ``-`` for symbols without a version.
In the text of ``exports_text`` a character that could be mistaken stands as its number: ``\\5b;`` for ``[``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from layerwright.targets.sections import read_sections, write_sections
from layerwright.targets.version import split_version, within

UNVERSIONED: Final = "-"
_MISTAKABLE: Final = re.compile(r"[^!-~]|[][\\'#]")
PREFIXES: Final = ("GLIBC", "GLIBCXX", "CXXABI", "GCC", "ZLIB")


def read_exports(sections: Iterable[tuple[str, Collection[str]]]) -> frozenset[str]:
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
        # Joined and split, thousands of names cost a third less than added one by one.
        exports.update((f"{version} ".join(names) + version).split() if names else ())
        if not heading.startswith("~"):
            exports.update(names)
    return frozenset(exports)


def sections_within(
    sections: Iterable[tuple[str, Collection[str]]], ceiling: Mapping[str, str]
) -> Iterator[tuple[str, Collection[str]]]:
    """Give the sections of a library as it was when its newest versions were those of ``ceiling``.

    A symbol whose newest version is left out was then bound without a version too.

    >>> list(sections_within([("V_2", ["a"]), ("~V_1", ["a", "b"])], {"V": "1"}))
    [('V_1', {'a'}), ('~V_1', {'b'})]
    """
    listed = list(sections)
    newer = {name for heading, names in listed if not within(heading, ceiling) for name in names}
    for heading, names in listed:
        if not within(heading, ceiling):
            continue
        if heading.startswith("~") and not newer.isdisjoint(names):
            yield heading[1:], newer.intersection(names)
            yield heading, set(names) - newer
        else:
            yield heading, names


def exports_text(exports: frozenset[str]) -> str:
    """Return the text that ``exports_from_text`` reads as ``exports``."""
    return write_sections(dict(sorted(_by_heading(exports).items())))


def exports_from_text(text: str) -> frozenset[str]:
    """Return the symbols of a text of sections; raises ValueError when it isn't one."""
    exports = read_exports(read_sections(text))
    return frozenset(map(_unescape, exports)) if "\\" in text else exports


def newest_versions(defined: Iterable[Iterable[str]]) -> Mapping[str, str]:
    """Return the newest of each kind of symbol version that Lambda's data tells, by its prefix.

    >>> newest_versions([["GLIBC_2.17", "GLIBC_2.4"], ["XZ_5.2"]])
    {'GLIBC': '2.17'}
    """
    newest: dict[str, tuple[int, ...]] = {}
    for split in (split_version(version) for versions in defined for version in versions):
        if split is not None and split[0] in PREFIXES:
            newest[split[0]] = max(split[1], newest.get(split[0], ()))
    return {prefix: ".".join(map(str, numbers)) for prefix, numbers in sorted(newest.items())}


def _by_heading(exports: frozenset[str]) -> Mapping[str, set[str]]:
    sections: defaultdict[str, set[str]] = defaultdict(set)
    versioned = set()
    for symbol in exports:
        name, at, version = symbol.partition("@")
        if at:
            versioned.add(name)
            heading = _escape_version(version)
            sections[heading if name in exports else f"~{heading}"].add(_escape(name))
    plain = {_escape(symbol) for symbol in exports if "@" not in symbol and symbol not in versioned}
    return {**sections, UNVERSIONED: plain} if plain else sections


def _escape_version(version: str) -> str:
    """``version`` so that it is no heading of another meaning."""
    return "\\2d;" if version == UNVERSIONED else _escape(version).replace("~", "\\7e;")


def _escape(word: str) -> str:
    return _MISTAKABLE.sub(lambda match: f"\\{ord(match[0]):x};", word)


def _unescape(word: str) -> str:
    return re.sub(r"\\([0-9a-f]+);", lambda match: chr(int(match[1], 16)), word)
