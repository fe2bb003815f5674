"""What is known of a binary from its bytes alone: an ELF with the facts that a loader acts on, or what it is instead.

Symbols stand in strings of names with a space between, since a layer has a hundred thousand of them and most are
never asked for; ``names`` takes such a string apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

_ENTRIES: Final = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")


class VersionNeed(NamedTuple):
    """A symbol version that a file needs of a library.

    ``symbols`` are the undefined strong symbols that are bound to it (names with a space between). Where ``weak`` is
    set, the loader lets the version be missing; the symbols can be missing all the same.
    """

    soname: str
    version: str
    weak: bool
    symbols: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """An ELF file as the loader sees it: from its program headers, never its section headers.

    ``machine`` is the kernel's word (``x86_64``, ``aarch64``, ``i386``, ...), ``type`` one of ``shared``, ``executable``,
    ``relocatable``, ``core`` (a position-independent program is an executable). Of a file that is not 64-bit
    little-endian, or that is truncated, no more is known than the header says.

    ``extent_bytes`` is where its last segment ends: beyond ``size_bytes``, the file is truncated. ``unloadable`` is what
    the loader says to whoever opens it as a library, on any machine; ``misaligned`` what it says of its
    segments; both None where it says nothing.

    ``rpath`` is DT_RPATH and ``runpath`` DT_RUNPATH, as written. ``undefined`` are the strong undefined symbols without a
    version that a relocation refers to (no one looks the others up), ``weak`` the weak ones. ``defined`` are what it
    offers to others: ``name`` without a version, ``name@@VERSION`` where it also answers a reference without
    one, ``name@VERSION`` where it answers that version alone.

    ``executable_stack`` is set where PT_GNU_STACK asks for one, or is missing. ``isa_needed`` are the x86-64
    levels that it declares to need (``x86-64-v3``); ``flags`` some of ``no-default-libraries``, ``no-open``,
    ``static-tls``, ``symbolic``, ``text-relocations``.
    """

    bits: int
    little_endian: bool
    machine: str
    type: str
    size_bytes: int
    extent_bytes: int
    unloadable: str | None = None
    misaligned: str | None = None
    interpreter: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    rpath: str | None = None
    runpath: str | None = None
    version_needs: tuple[VersionNeed, ...] = ()
    version_definitions: tuple[str, ...] = ()
    undefined: str = ""
    weak: str = ""
    defined: str = ""
    executable_stack: bool = False
    isa_needed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether bytes are missing that its own headers speak of; loading it kills the process."""
        return self.extent_bytes > self.size_bytes

    @property
    def init_functions(self) -> tuple[str, ...]:
        """The entry points of extension modules that it offers, as ``PyInit_x``; dlsym finds a versioned one too."""
        found = (name.partition("@")[0] for name in names(self.defined) if name.startswith(_ENTRIES))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A file of another kind that stands where a Linux library should.

    ``kind`` is one of ``mach-o``, ``pe``, ``archive``, ``bitcode``, ``webassembly``, ``linker-script``,
    ``git-lfs-pointer``, ``script``, ``zip``, ``text``; ``machines`` the CPUs it is for, where it says;
    ``title`` names it for people (``a macOS library (Mach-O) for arm64``).
    """

    kind: str
    title: str
    size_bytes: int
    machines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file that is none of those, or an ELF whose headers make no sense.

    ``message`` is what the loader says (``file too short``, ``invalid ELF header``); ``detail`` says more where there is more.
    """

    message: str
    detail: str = ""


Facts = Elf | Foreign | Broken


def names(symbols: str) -> list[str]:
    """Take a string of symbols apart.

    >>> names("memcpy malloc")
    ['memcpy', 'malloc']
    >>> names("")
    []
    """
    return symbols.split(" ") if symbols else []
