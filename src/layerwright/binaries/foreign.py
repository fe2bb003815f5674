"""Names for what stands where a Linux library should: libraries of other systems, archives, pointers, text."""

from __future__ import annotations

import struct
from typing import NamedTuple

from layerwright.binaries.facts import Foreign

_MACH_MACHINES = {
    7: "i386",
    0x01000007: "x86_64",
    12: "arm",
    0x0100000C: "arm64",
    18: "ppc",
    0x01000012: "ppc64",
}
_PE_MACHINES = {0x014C: "i386", 0x8664: "x86_64", 0xAA64: "arm64", 0x01C4: "arm"}
_MACH_THIN = {
    b"\xfe\xed\xfa\xce": ">",
    b"\xfe\xed\xfa\xcf": ">",
    b"\xce\xfa\xed\xfe": "<",
    b"\xcf\xfa\xed\xfe": "<",
}
_MACH_FAT = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}
_MOST_FAT = 30  # a Java class begins with the same bytes, and then its version, which is above
_PLAIN = {
    b"!<arch>\n": ("archive", "a static library (ar archive)"),
    b"!<thin>\n": ("archive", "a static library (thin ar archive)"),
    b"BC\xc0\xde": ("bitcode", "LLVM bitcode"),
    b"\xde\xc0\x17\x0b": ("bitcode", "LLVM bitcode"),
    b"\0asm": ("webassembly", "a WebAssembly module"),
    b"version https://git-lfs.github.com/": ("git-lfs-pointer", "a Git LFS pointer, not the file itself"),
    b"#!": ("script", "a script"),
    b"PK\x03\x04": ("zip", "a zip archive"),
}
_LINKER_WORDS = (b"/* GNU ld script", b"INPUT", b"GROUP", b"OUTPUT_FORMAT")


class _Told(NamedTuple):
    kind: str
    title: str
    machines: tuple[str, ...] = ()


def looks_foreign(head: bytes) -> bool:
    """Say whether a file that begins so is machine code for another system, or an archive of such."""
    if head[:4] in _MACH_THIN or head.startswith((b"!<arch>\n", b"!<thin>\n", b"\0asm")):
        return True
    if head[:4] in _MACH_FAT and len(head) >= 8:
        return 0 < int.from_bytes(head[4:8], "big") < _MOST_FAT
    return head[:2] == b"MZ" and b"\0" in head[2:64]


def read_foreign(view: memoryview) -> Foreign | None:
    """Return what a file is that is no ELF, or None where it can't be told."""
    told = _told(view, bytes(view[:256]))
    return told and Foreign(kind=told.kind, title=told.title, size_bytes=len(view), machines=told.machines)


def _told(view: memoryview, head: bytes) -> _Told | None:
    if head[:4] in _MACH_THIN:
        return _mach((_machine(head, _MACH_THIN[head[:4]] + "I", 4, _MACH_MACHINES),))
    if head[:4] in _MACH_FAT and looks_foreign(head):
        return _fat(view, head)
    if looks_foreign(head) and head[:2] == b"MZ":
        return _portable_executable(view, head)
    for magic, (kind, title) in _PLAIN.items():
        if head.startswith(magic):
            return _Told(kind=kind, title=title)
    return _text(head)


def _machine(data: bytes | memoryview, layout: str, at: int, machines: dict[int, str]) -> str:
    if at + struct.calcsize(layout) > len(data):
        return "an unknown CPU"
    (number,) = struct.unpack_from(layout, data, at)
    return machines.get(number, f"machine {number:#x}")


def _mach(machines: tuple[str, ...]) -> _Told:
    return _Told(
        kind="mach-o", title=f"a macOS library (Mach-O) for {' and '.join(machines)}", machines=machines
    )


def _fat(view: memoryview, head: bytes) -> _Told:
    count, step = int.from_bytes(head[4:8], "big"), _MACH_FAT[head[:4]]
    return _mach(tuple(_machine(view, ">I", 8 + step * index, _MACH_MACHINES) for index in range(count)))


def _portable_executable(view: memoryview, head: bytes) -> _Told:
    at = int.from_bytes(head[60:64], "little") if len(head) >= 64 else len(view)
    if bytes(view[at : at + 4]) != b"PE\0\0":
        return _Told(kind="pe", title="a DOS or Windows program")
    machine = _machine(view, "<H", at + 4, _PE_MACHINES)
    return _Told(kind="pe", title=f"a Windows library (PE) for {machine}", machines=(machine,))


def _text(head: bytes) -> _Told | None:
    if not head or b"\0" in head:
        return None
    if head.lstrip().startswith(_LINKER_WORDS):
        return _Told(kind="linker-script", title="a linker script, for building only")
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n\f" for byte in head)
    return _Told(kind="text", title="text") if printable == len(head) else None
