"""Real ELF files, made byte by byte: the system's loader opens them, and a test can bend any one fact.

    library = elf(soname="libz.so.1", defined=("deflate@@ZLIB_1.2",))
    module = extension("_fast", needed=("libc.so.6",), undefined=(Undefined("memcpy", "libc.so.6", "GLIBC_2.14"),))

They carry no section headers, as a loader reads none. Mach-O, PE and other things that end up under the name of
a library stand at the end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MACHINES = {"i386": 3, "arm": 40, "x86_64": 62, "aarch64": 183, "riscv": 243}
TYPES = {"relocatable": 1, "executable": 2, "shared": 3, "core": 4}
_RETURN_NULL = {"x86_64": bytes.fromhex("31c0c3"), "aarch64": bytes.fromhex("000080d2c0035fd6")}
_GLOB_DAT = {"x86_64": 6, "aarch64": 1025}
_HEADERS_BYTES = 0x400  # file and program headers, with room
_STACK = {"rw": 6, "rwx": 7}
_ISA = {"x86-64-baseline": 1, "x86-64-v2": 2, "x86-64-v3": 4, "x86-64-v4": 8}


class Undefined(NamedTuple):
    """A symbol that the file looks up, in any version or in that of a library."""

    name: str
    soname: str | None = None
    version: str | None = None
    weak: bool = False
    referred: bool = True
    """Whether a relocation refers to it; one that none refers to is never looked up."""


class VersionNeed(NamedTuple):
    """A version that is needed beyond those of the undefined symbols, or one that may be missing."""

    soname: str
    version: str
    weak: bool = False


class Load(NamedTuple):
    """What a PT_LOAD header says of the second segment, in place of what is true."""

    offset: int | None = None
    address: int | None = None
    file_bytes: int | None = None
    align: int | None = None


def elf(
    *,
    machine: str = "x86_64",
    bits: int = 64,
    type: str = "shared",  # noqa: A002 - the word of the facts
    soname: str | None = None,
    needed: Sequence[str] = (),
    rpath: str | None = None,
    runpath: str | None = None,
    undefined: Sequence[str | Undefined] = (),
    defined: Sequence[str] = (),
    version_needs: Sequence[VersionNeed] = (),
    stack: str | None = "rw",
    interpreter: str | None = None,
    isa_needed: Sequence[str] = (),
    flags: int = 0,
    flags_1: int = 0,
    hash_style: str = "gnu",
    load: Load | None = None,
) -> bytes:
    """Return an ELF; ``defined`` are ``name``, ``name@@VERSION`` (the default) or ``name@VERSION`` (hidden).

    ``stack`` is None for a file without PT_GNU_STACK; ``hash_style`` is ``gnu``, ``sysv`` or ``both``; ``flags`` are
    DT_FLAGS. With ``bits=32`` there are the headers alone, which is all that a 64-bit loader looks at.
    """
    if bits == 32:
        return _elf32(machine, type)
    wanted = [item if isinstance(item, Undefined) else Undefined(item) for item in undefined]
    strings = _Strings()
    parts = _Parts(strings)
    order = [
        *wanted,
        *sorted((_defined(item) for item in defined), key=lambda item: _gnu_hash(item.name) % 2),
    ]
    versions = _Versions(wanted, order[len(wanted) :], version_needs, soname or "lib.so")
    parts.add("code", _RETURN_NULL.get(machine, b"\0" * 4))
    parts.add("symbols", _symbol_table(order, strings, _HEADERS_BYTES), tag=6)
    _add_hashes(parts, order, len(wanted) + 1, hash_style)
    _add_versions(parts, versions, order)
    referred = [index + 1 for index, item in enumerate(order) if item.referred]
    at_relocations = parts.add("relocations", b"\0" * 24 * len(referred))
    parts.tags += [(7, at_relocations), (8, 24 * len(referred)), (9, 24)]
    if isa_needed:
        parts.add("note", _isa_note(isa_needed))
    if interpreter is not None:
        parts.add("interpreter", interpreter.encode() + b"\0")
    named = [*((1, name) for name in needed), (14, soname), (15, rpath), (29, runpath)]
    parts.tags += [(tag, strings.add(text)) for tag, text in named if text is not None]
    parts.tags += [(tag, value) for tag, value in ((30, flags), (0x6FFFFFFB, flags_1)) if value]
    at_strings = parts.add("strings", strings.data())
    parts.tags += [(5, at_strings), (10, len(strings.data())), (11, 24), (0, 0)]
    return _assemble(parts, referred, machine, type, stack, load)


def extension(name: str, **facts: object) -> bytes:
    """Return an extension module, with its entry point; it takes what ``elf`` takes."""
    module = name.rpartition(".")[2]
    given = facts.pop("defined", ())
    assert isinstance(given, Sequence)
    return elf(defined=(f"PyInit_{module}", *given), **facts)  # type: ignore[arg-type]


class _Symbol(NamedTuple):
    name: str
    version: str | None
    hidden: bool
    referred: bool = False
    weak: bool = False


def _defined(text: str) -> _Symbol:
    name, _, version = text.partition("@")
    return _Symbol(name, version.lstrip("@") or None, bool(version) and not version.startswith("@"))


class _Strings:
    def __init__(self) -> None:
        self._data = b"\0"
        self._known: dict[str, int] = {}

    def add(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = len(self._data)
            self._data += text.encode("utf-8", "surrogateescape") + b"\0"
        return self._known[text]

    def data(self) -> bytes:
        return self._data


class _Parts:
    """What follows the headers in the first segment, each part at a multiple of eight."""

    def __init__(self, strings: _Strings) -> None:
        self.strings = strings
        self.data = b""
        self.offsets: dict[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.tags: list[tuple[int, int]] = []

    def add(self, name: str, part: bytes, tag: int | None = None) -> int:
        at = _HEADERS_BYTES + len(self.data)
        self.offsets[name], self.sizes[name] = at, len(part)
        self.data += part + b"\0" * (-len(part) % 8)
        if tag is not None:
            self.tags.append((tag, at))
        return at


def _add_hashes(parts: _Parts, order: Sequence[Undefined | _Symbol], first: int, style: str) -> None:
    if style in ("gnu", "both"):
        parts.add("gnu_hash", _gnu_hash_table(order, first), tag=0x6FFFFEF5)
    if style in ("sysv", "both"):
        parts.add("hash", _sysv_hash_table(order), tag=4)


def _add_versions(parts: _Parts, versions: _Versions, order: Sequence[Undefined | _Symbol]) -> None:
    if versions.needs or versions.definitions:
        parts.add("versym", versions.of_symbols(order), tag=0x6FFFFFF0)
    if versions.needs:
        parts.add("verneed", versions.need_table(parts.strings), tag=0x6FFFFFFE)
        parts.tags.append((0x6FFFFFFF, len(versions.needs)))
    if versions.definitions:
        parts.add("verdef", versions.definition_table(parts.strings), tag=0x6FFFFFFC)
        parts.tags.append((0x6FFFFFFD, len(versions.definitions) + 1))


class _Versions:
    def __init__(
        self,
        wanted: Iterable[Undefined],
        offered: Iterable[_Symbol],
        more: Iterable[VersionNeed],
        base: str,
    ) -> None:
        self.base = base
        self.needs: dict[str, dict[str, int]] = {}
        self.weak: set[tuple[str, str]] = {(need.soname, need.version) for need in more if need.weak}
        self.definitions: dict[str, int] = {}
        self._next = 2
        for symbol in offered:
            if symbol.version is not None and symbol.version not in self.definitions:
                self.definitions[symbol.version] = self._index()
        for item in (*wanted, *more):
            if item.soname is not None and item.version is not None:
                of_file = self.needs.setdefault(item.soname, {})
                if item.version not in of_file:
                    of_file[item.version] = self._index()

    def _index(self) -> int:
        self._next += 1
        return self._next - 1

    def of_symbols(self, order: Sequence[Undefined | _Symbol]) -> bytes:
        found = [0]
        for item in order:
            if isinstance(item, _Symbol):
                index = 1 if item.version is None else self.definitions[item.version]
                found.append(index | (0x8000 if item.hidden else 0))
            elif item.soname is None or item.version is None:
                found.append(0)
            else:
                found.append(self.needs[item.soname][item.version])
        return struct.pack(f"<{len(found)}H", *found)

    def need_table(self, strings: _Strings) -> bytes:
        data = b""
        for number, (soname, versions) in enumerate(self.needs.items(), 1):
            size = 16 + 16 * len(versions)
            onward = size if number < len(self.needs) else 0
            data += struct.pack("<HHIII", 1, len(versions), strings.add(soname), 16, onward)
            for place, (version, index) in enumerate(versions.items(), 1):
                flag = 2 if (soname, version) in self.weak else 0
                step = 16 if place < len(versions) else 0
                data += struct.pack("<IHHII", _elf_hash(version), flag, index, strings.add(version), step)
        return data

    def definition_table(self, strings: _Strings) -> bytes:
        data = b""
        entries = [(self.base, 1, 1), *((name, index, 0) for name, index in self.definitions.items())]
        for number, (name, index, flag) in enumerate(entries, 1):
            onward = 28 if number < len(entries) else 0
            data += struct.pack("<HHHHIII", 1, flag, index, 1, _elf_hash(name), 20, onward)
            data += struct.pack("<II", strings.add(name), 0)
        return data


def _symbol_table(order: Sequence[Undefined | _Symbol], strings: _Strings, code: int) -> bytes:
    data = b"\0" * 24
    for item in order:
        here = isinstance(item, _Symbol)
        info = (2 if item.weak else 1) << 4 | (2 if here else 0)
        data += struct.pack(
            "<IBBHQQ", strings.add(item.name), info, 0, 1 if here else 0, code if here else 0, 0
        )
    return data


def _gnu_hash(name: str) -> int:
    value = 5381
    for byte in name.encode():
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def _elf_hash(name: str) -> int:
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ high >> 24) & ~high & 0xFFFFFFFF
    return value


def _gnu_hash_table(order: Sequence[Undefined | _Symbol], first: int) -> bytes:
    """Two buckets and a filter that lets everything through; the symbols from ``first`` on stand in bucket order."""
    hashes = [_gnu_hash(item.name) for item in order[first - 1 :]]
    buckets = [
        next((first + at for at, value in enumerate(hashes) if value % 2 == bucket), 0) for bucket in (0, 1)
    ]
    chain = [
        value & ~1 | (1 if at + 1 == len(hashes) or hashes[at + 1] % 2 != value % 2 else 0)
        for at, value in enumerate(hashes)
    ]
    head = struct.pack("<4IQ2I", 2, first, 1, 0, 0xFFFFFFFFFFFFFFFF, *buckets)
    return head + struct.pack(f"<{len(chain)}I", *chain)


def _sysv_hash_table(order: Sequence[Undefined | _Symbol]) -> bytes:
    count = len(order) + 1
    chain = [0, *(0 if index == 1 else index - 1 for index in range(1, count))]
    return struct.pack(f"<{3 + count}I", 1, count, count - 1, *chain)


def _isa_note(levels: Sequence[str]) -> bytes:
    value = struct.pack("<IIII", 0xC0008002, 4, sum(_ISA[level] for level in levels), 0)
    return struct.pack("<III", 4, len(value), 5) + b"GNU\0" + value


def _assemble(
    parts: _Parts, referred: Sequence[int], machine: str, type_: str, stack: str | None, load: Load | None
) -> bytes:
    text_end = _HEADERS_BYTES + len(parts.data)
    at = (
        -(-text_end // 0x1000) * 0x1000
    )  # the second segment begins on a page of its own, in file and memory alike
    dynamic = b"".join(struct.pack("<QQ", tag, value & (1 << 64) - 1) for tag, value in parts.tags)
    table = b"\0" * 8 * len(referred)
    table_at = at + len(dynamic)
    glob_dat = _GLOB_DAT.get(machine, 1)
    relocations = b"".join(
        struct.pack("<QQQ", table_at + 8 * place, index << 32 | glob_dat, 0)
        for place, index in enumerate(referred)
    )
    start = parts.offsets["relocations"] - _HEADERS_BYTES
    body = parts.data[:start] + relocations + parts.data[start + len(relocations) :]
    size = len(dynamic) + len(table)
    given = load or Load()
    segments = [
        (1, 5, 0, 0, text_end, text_end, 0x1000),
        (
            1,
            6,
            at if given.offset is None else given.offset,
            at if given.address is None else given.address,
            size if given.file_bytes is None else given.file_bytes,
            size if given.file_bytes is None else given.file_bytes,
            0x1000 if given.align is None else given.align,
        ),
        (2, 6, at, at, len(dynamic), len(dynamic), 8),
    ]
    for name, kind in (("interpreter", 3), ("note", 4)):
        if name in parts.offsets:
            offset, extent = parts.offsets[name], parts.sizes[name]
            segments.append((kind, 4, offset, offset, extent, extent, 8))
    if stack is not None:
        segments.append((0x6474E551, _STACK[stack], 0, 0, 0, 0, 16))
    headers = _file_header(machine, type_, len(segments)) + b"".join(
        struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, in_file, in_memory, align)
        for kind, flags, offset, address, in_file, in_memory, align in segments
    )
    data = headers + b"\0" * (_HEADERS_BYTES - len(headers)) + body
    return data + b"\0" * (at - len(data)) + dynamic + table


def _file_header(machine: str, type_: str, segments: int) -> bytes:
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return ident + struct.pack(
        "<HHIQQQIHHHHHH", TYPES[type_], MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, segments, 64, 0, 0
    )


def _elf32(machine: str, type_: str) -> bytes:
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = struct.pack(
        "<HHIIIIIHHHHHH", TYPES[type_], MACHINES[machine], 1, 0, 52, 0, 0, 52, 32, 2, 40, 0, 0
    )
    segments = struct.pack("<8I", 1, 0, 0, 0, 256, 256, 5, 0x1000) + struct.pack(
        "<8I", 2, 200, 200, 200, 8, 8, 6, 4
    )
    return (ident + header + segments).ljust(256, b"\0")


def mach_o(machine: str = "arm64") -> bytes:
    """Return the head of a macOS library."""
    number = {"x86_64": 0x01000007, "arm64": 0x0100000C}[machine]
    return struct.pack("<7I", 0xFEEDFACF, number, 0, 6, 0, 0, 0).ljust(512, b"\0")


def fat_mach_o(*machines: str) -> bytes:
    """Return a macOS library for several CPUs."""
    numbers = {"x86_64": 0x01000007, "arm64": 0x0100000C}
    parts = [mach_o(machine) for machine in machines]
    head = struct.pack(">II", 0xCAFEBABE, len(parts))
    at = 4096
    for machine, part in zip(machines, parts, strict=True):
        head += struct.pack(">5I", numbers[machine], 0, at, len(part), 12)
        at += len(part)
    return head.ljust(4096, b"\0") + b"".join(parts)


def portable_executable(machine: str = "x86_64") -> bytes:
    """Return the head of a Windows library."""
    number = {"i386": 0x014C, "x86_64": 0x8664, "arm64": 0xAA64}[machine]
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 128)
    return (head.ljust(128, b"\0") + b"PE\0\0" + struct.pack("<H", number)).ljust(512, b"\0")


def archive() -> bytes:
    """Return an empty static library."""
    return b"!<arch>\n"


def lfs_pointer() -> bytes:
    """Return what Git leaves in place of a large file that was never fetched."""
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


def linker_script() -> bytes:
    """Return what some packages call ``libc.so``."""
    return b"/* GNU ld script\n*/\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( libm.so.6 )\n"


def truncated(data: bytes, *, missing: int = 16) -> bytes:
    """Return a binary without its last bytes."""
    return data[:-missing]
