"""The dynamic symbols of an ELF as its loader meets them.

What others can find in it is what its hash table lists; what it looks up is what its relocations refer to. A symbol
that is undefined and that no relocation names is never looked up, so it isn't counted. (The section headers
could tell the table's length too, but the loader never reads them and tools strip or falsify them.)
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from layerwright.binaries.dynamic import (
    DT_GNU_HASH,
    DT_HASH,
    DT_JMPREL,
    DT_PLTRELSZ,
    DT_RELA,
    DT_RELACOUNT,
    DT_RELASZ,
    DT_SYMTAB,
    Dynamic,
)
from layerwright.binaries.image import DamageError, Image
from layerwright.binaries.versions import Need, Versions, read_versions

_SYMBOL_BYTES: Final = 24
_RELA_BYTES: Final = 24
_ABSOLUTE: Final = 0xFFF1
_TLS: Final = 6
_GLOBAL, _WEAK, _UNIQUE = 1, 2, 10
_STRONG: Final = frozenset({_GLOBAL << 4, _UNIQUE << 4})
_HIDDEN_VERSION: Final = 0x8000
# The low ten bits of a symbol's second word (type, binding, visibility) of those that a lookup from outside accepts.
_OFFERED: Final = frozenset(
    visibility << 8 | binding << 4 | kind
    for visibility in (0, 3)
    for binding in (_GLOBAL, _WEAK, _UNIQUE)
    for kind in (0, 1, 2, 5, 6, 10)
)


class Symbols(NamedTuple):
    """Undefined strong symbols by the version that they need (None: without), the weak ones, and what is offered."""

    undefined: dict[Need | None, list[str]]
    weak: list[str]
    defined: list[str]
    versions: Versions


def read_symbols(image: Image, dynamic: Dynamic) -> Symbols:
    """Return the symbols of a file, each list sorted.

    Raises DamageError where its tables lie outside of its segments.
    """
    first, end = _hashed(image, dynamic)
    referred = _referred(image, dynamic)
    count = max(end, max(referred, default=0) + 1)
    if DT_SYMTAB not in dynamic.values:
        return Symbols({}, [], [], read_versions(image, dynamic, 0))
    words = image.words(dynamic.values[DT_SYMTAB], "I", count * 6)
    if len(words) < count * 6:
        raise DamageError("its symbols lie outside of its segments")
    versions = read_versions(image, dynamic, count)
    undefined, weak = _undefined(words, referred, dynamic, versions)
    defined = _defined(words, range(max(first, 1), end), dynamic, versions)
    return Symbols(undefined, sorted(weak), sorted(defined), versions)


def _hashed(image: Image, dynamic: Dynamic) -> tuple[int, int]:
    """The range of symbol indexes that the hash table lists; empty where nothing can be found in the file."""
    if DT_GNU_HASH in dynamic.values:
        return _gnu_hashed(image, dynamic.values[DT_GNU_HASH])
    if DT_HASH in dynamic.values:
        head = image.words(dynamic.values[DT_HASH], "I", 2)
        if len(head) < 2:
            raise DamageError("its hash table lies outside of its segments")
        return 1, head[1]
    return 0, 0


def _gnu_hashed(image: Image, address: int) -> tuple[int, int]:
    head = image.words(address, "I", 4)
    if len(head) < 4:
        raise DamageError("its hash table lies outside of its segments")
    count, first, filters, _ = head
    buckets = image.words(address + 16 + filters * 8, "I", count)
    if len(buckets) < count:
        raise DamageError("its hash table lies outside of its segments")
    last = max(buckets, default=0)
    if last < first or last == 0:
        return 0, 0
    # The chain of the last bucket ends at the first word whose low bit is set.
    tail = address + 16 + filters * 8 + count * 4 + (last - first) * 4
    for step, word in enumerate(memoryview(image.from_address(tail))[0::4]):
        if word & 1:
            return first, last + step + 1
    raise DamageError("its hash table has no end")


def _referred(image: Image, dynamic: Dynamic) -> set[int]:
    """The indexes of the symbols that relocations refer to."""
    values = dynamic.values
    found: set[int] = set()
    tables = (
        (values.get(DT_RELA), values.get(DT_RELASZ, 0), values.get(DT_RELACOUNT, 0)),
        (values.get(DT_JMPREL), values.get(DT_PLTRELSZ, 0), 0),
    )
    for address, size, relative in tables:
        if address is None or size < _RELA_BYTES:
            continue
        words = image.words(address, "Q", size // _RELA_BYTES * 3)
        if len(words) < size // _RELA_BYTES * 3:
            raise DamageError("its relocations lie outside of its segments")
        found.update(info >> 32 for info in set(words[1 + 3 * relative :: 3]) if info & 0xFFFFFFFF)
    found.discard(0)
    return found


def _undefined(
    words: array[int], referred: set[int], dynamic: Dynamic, versions: Versions
) -> tuple[dict[Need | None, list[str]], list[str]]:
    offsets, abouts, of_symbol = words[0::6], words[1::6], versions.of_symbol
    strong: dict[int, list[int]] = {}  # offsets of names, by the index of the version
    weak: list[int] = []
    for index in referred:
        # What has a section is defined here; what isn't visible outside is bound here.
        binding = abouts[index] & 0xFFFF03F0
        if binding in _STRONG:
            version = of_symbol[index] & 0x7FFF if index < len(of_symbol) else 0
            strong.setdefault(version, []).append(offsets[index])
        elif binding == _WEAK << 4:
            weak.append(offsets[index])
    undefined: dict[Need | None, list[str]] = {}
    for version, found in strong.items():
        undefined.setdefault(versions.needs.get(version), []).extend(dynamic.strings.symbols(found))
    return {need: sorted(found) for need, found in undefined.items()}, dynamic.strings.symbols(weak)


def _defined(words: array[int], indexes: range, dynamic: Dynamic, versions: Versions) -> list[str]:
    offsets, abouts, low, high = words[0::6], words[1::6], words[2::6], words[3::6]
    offered = [
        index
        for index in indexes
        if abouts[index] >> 16
        and abouts[index] & 0x3FF in _OFFERED
        and (low[index] or high[index] or abouts[index] >> 16 == _ABSOLUTE or abouts[index] & 15 == _TLS)
    ]
    found = dynamic.strings.symbols([offsets[index] for index in offered])
    if not versions.definitions:
        return found
    suffixes, table = _suffixes(versions), versions.of_symbol
    indexed = [table[index] if index < len(table) else 0 for index in offered]
    return [name + suffixes.get(version, "") for name, version in zip(found, indexed, strict=True)]


def _suffixes(versions: Versions) -> dict[int, str]:
    """What follows a name of each version index: nothing without a version (0 and 1, and unknown ones)."""
    found: dict[int, str] = {}
    for index, version in versions.definitions.items():
        if index > 1:
            # The oldest version answers a reference without one even where it is hidden (glibc, elf/dl-lookup.c).
            found[index] = f"@@{version}"
            found[index | _HIDDEN_VERSION] = f"@@{version}" if index == 2 else f"@{version}"
    return found
