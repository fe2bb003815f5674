"""The dynamic section: what an ELF asks of its loader, as names and addresses."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from layerwright.binaries.image import DamageError, Image, Segment, Strings

DT_NEEDED: Final = 1
DT_PLTRELSZ: Final = 2
DT_HASH: Final = 4
DT_STRTAB: Final = 5
DT_SYMTAB: Final = 6
DT_RELA: Final = 7
DT_RELASZ: Final = 8
DT_STRSZ: Final = 10
DT_SONAME: Final = 14
DT_RPATH: Final = 15
DT_SYMBOLIC: Final = 16
DT_TEXTREL: Final = 22
DT_JMPREL: Final = 23
DT_RUNPATH: Final = 29
DT_FLAGS: Final = 30
DT_GNU_HASH: Final = 0x6FFFFEF5
DT_VERSYM: Final = 0x6FFFFFF0
DT_RELACOUNT: Final = 0x6FFFFFF9
DT_FLAGS_1: Final = 0x6FFFFFFB
DT_VERDEF: Final = 0x6FFFFFFC
DT_VERNEED: Final = 0x6FFFFFFE

_DF = {0x2: "symbolic", 0x4: "text-relocations", 0x10: "static-tls"}
_DF_1 = {0x40: "no-open", 0x800: "no-default-libraries", 0x08000000: "program"}
_MOST_NEEDED = 4096


class Dynamic(NamedTuple):
    """The entries of a dynamic section: ``needed`` as offsets into ``strings``, of all other tags the last value."""

    values: dict[int, int]
    needed: tuple[int, ...]
    strings: Strings

    def text(self, tag: int) -> str | None:
        """Return the string that a tag names, or None."""
        offset = self.values.get(tag)
        return None if offset is None else self.strings.at(offset)

    def flags(self) -> tuple[str, ...]:
        """Return the flags that matter to a loader, sorted; ``program`` marks a position-independent program."""
        one, two = self.values.get(DT_FLAGS, 0), self.values.get(DT_FLAGS_1, 0)
        found = {name for bit, name in _DF.items() if one & bit} | {
            name for bit, name in _DF_1.items() if two & bit
        }
        found |= {"text-relocations"} if DT_TEXTREL in self.values else set()
        found |= {"symbolic"} if DT_SYMBOLIC in self.values else set()
        return tuple(sorted(found))


def read_dynamic(image: Image, view: memoryview, segment: Segment) -> Dynamic:
    """Return the dynamic section that a PT_DYNAMIC segment holds, up to its DT_NULL.

    Raises DamageError where it or its string table lies outside of the file.
    """
    try:
        part = image.from_address(segment.address)
    except DamageError:  # a program may have it in the file and in no PT_LOAD
        part = view[segment.offset : segment.offset + segment.file_bytes]
    values: dict[int, int] = {}
    needed: list[int] = []
    for tag, value in struct.iter_unpack("<QQ", part[: len(part) // 16 * 16]):
        if tag == 0:
            break
        if tag == DT_NEEDED and len(needed) < _MOST_NEEDED:
            needed.append(value)
        values[tag] = value
    if DT_STRTAB not in values:
        raise DamageError("its dynamic section names no string table")
    table = image.from_address(values[DT_STRTAB])
    return Dynamic(values, tuple(needed), Strings(table[: values.get(DT_STRSZ, len(table))]))
