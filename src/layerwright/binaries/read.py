"""Bytes become facts of a binary; no bytes make it fail, and none make it take long."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from layerwright.binaries.dynamic import DT_RPATH, DT_RUNPATH, DT_SONAME, read_dynamic
from layerwright.binaries.facts import Broken, Elf, Facts, VersionNeed
from layerwright.binaries.foreign import looks_foreign, read_foreign
from layerwright.binaries.image import (
    PT_DYNAMIC,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    DamageError,
    Header,
    Image,
    read_header,
)
from layerwright.binaries.notes import read_isa_needed
from layerwright.binaries.symbols import read_symbols

MAGIC: Final = b"\x7fELF"

_NAME_ENDINGS = (".so", ".pyd", ".dll", ".dylib", ".sl")
_PAGE = 4096
_PHDR_BYTES = {32: 32, 64: 56}


def looks_binary(head: bytes) -> bool:
    """Say whether a file that begins with ``head`` (64 bytes suffice) is machine code of any system.

    >>> looks_binary(bytes.fromhex("7f454c46"))
    True
    >>> looks_binary(b"import os")
    False
    """
    return head.startswith(MAGIC) or looks_foreign(head)


def named_like_binary(path: str) -> bool:
    """Say whether a path is called like a shared library, whatever is in it.

    >>> named_like_binary("python/a.libs/libz-3f.so.1.2.11"), named_like_binary("python/a.py")
    (True, False)
    """
    name = path.rpartition("/")[2]
    return name.endswith(_NAME_ENDINGS) or ".so." in name


def read_binary(data: bytes | memoryview) -> Facts:
    """Return what is known of a binary; of one that is damaged, what the loader would say.

    Time and memory are bounded by the size of ``data``, whatever it holds.
    """
    view = memoryview(data)
    if not view:
        return Broken(message="file too short", detail="the file is empty")
    if bytes(view[:4]) != MAGIC:
        return read_foreign(view) or Broken(message="invalid ELF header", detail="not an ELF file")
    try:
        header = read_header(view)
    except DamageError as damage:
        return Broken(message=str(damage), detail="its headers are cut off")
    facts = _outline(view, header)
    if facts.truncated or header.bits != 64 or not header.little_endian:
        return facts
    try:
        return _within(view, header, facts)
    except DamageError as damage:
        return Broken(message="invalid ELF header", detail=f"the file is damaged: {damage}")


def _outline(view: memoryview, header: Header) -> Elf:
    """What the file and program headers tell by themselves."""
    extent = max(
        (part.offset + part.file_bytes for part in header.segments if part.type == PT_LOAD), default=0
    )
    stack = next((part.flags for part in header.segments if part.type == PT_GNU_STACK), None)
    return Elf(
        bits=header.bits,
        little_endian=header.little_endian,
        machine=header.machine,
        type=header.type,
        size_bytes=len(view),
        extent_bytes=extent,
        unloadable=_unloadable(header),
        misaligned=_misaligned(header),
        executable_stack=header.type in ("shared", "executable") and (stack is None or bool(stack & 1)),
    )


def _unloadable(header: Header) -> str | None:
    """What the loader says before it maps anything (glibc, elf/dl-load.c, in its order)."""
    if header.type not in ("shared", "executable"):
        return "only ET_DYN and ET_EXEC can be loaded"
    if header.entry_bytes != _PHDR_BYTES[header.bits]:
        return "ELF file's phentsize not the expected size"
    if not any(part.type == PT_LOAD for part in header.segments):
        return "object file has no loadable segments"
    if not any(part.type == PT_DYNAMIC for part in header.segments):
        return "object file has no dynamic section"
    return "cannot dynamically load executable" if header.type == "executable" else None


def _misaligned(header: Header) -> str | None:
    for part in header.segments:
        if part.type == PT_LOAD and part.align & (_PAGE - 1):
            return "ELF load command alignment not page-aligned"
        if part.type == PT_LOAD and part.align and (part.address - part.offset) & (part.align - 1):
            return "ELF load command address/offset not properly aligned"
    return None


def _within(view: memoryview, header: Header, facts: Elf) -> Elf:
    """Add what the dynamic section leads to."""
    interpreter = next((part for part in header.segments if part.type == PT_INTERP), None)
    if interpreter is not None:
        raw = bytes(view[interpreter.offset : interpreter.offset + min(interpreter.file_bytes, _PAGE)])
        facts = replace(facts, interpreter=raw.partition(b"\0")[0].decode("utf-8", "backslashreplace"))
    segment = next((part for part in header.segments if part.type == PT_DYNAMIC), None)
    if segment is None:
        return facts
    image = Image(view, header.segments)
    dynamic = read_dynamic(image, view, segment)
    symbols = read_symbols(image, dynamic)
    flags = dynamic.flags()
    program = "program" in flags
    unloadable = facts.unloadable
    if program:
        unloadable = unloadable or "cannot dynamically load position-independent executable"
    elif "no-open" in flags:
        unloadable = unloadable or "shared object cannot be dlopen()ed"
    definitions = symbols.versions.definitions
    return replace(
        facts,
        type="executable" if program else facts.type,
        unloadable=unloadable,
        soname=dynamic.text(DT_SONAME),
        needed=tuple(dynamic.strings.at(offset) for offset in dynamic.needed),
        rpath=dynamic.text(DT_RPATH),
        runpath=dynamic.text(DT_RUNPATH),
        version_needs=tuple(
            VersionNeed(*need, " ".join(symbols.undefined.get(need, ())))
            for need in sorted(set(symbols.versions.needs.values()))
        ),
        version_definitions=tuple(sorted(name for index, name in definitions.items() if index > 1)),
        undefined=" ".join(symbols.undefined.get(None, ())),
        weak=" ".join(symbols.weak),
        defined=" ".join(symbols.defined),
        isa_needed=read_isa_needed(view, header.segments),
        flags=tuple(flag for flag in flags if flag != "program"),
    )
