"""Names of extension modules: what the suffix says they are for, and whether an interpreter would try them.

CPython asks the file system for each module name with a fixed list of suffixes (Python/dynload_shlib.c, shown by
``importlib.machinery.EXTENSION_SUFFIXES``). A file whose suffix isn't on that list is never opened: what users see is
``No module named``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_ENDINGS = (".so", ".pyd")
_TAG = re.compile(
    r"(?P<kind>cpython|pypy|graalpy|cp|abi)-?(?P<version>\d+)(?P<flags>[a-z]*)"
    r"(?:-(?P<pypy>pp\d+|native))?(?:[-_](?P<platform>[\w-]+))?"
)
_MACHINES: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
_SYSTEMS: Final = {
    "darwin": "macOS", "win32": "Windows", "win": "Windows", "android": "Android", "emscripten": "WebAssembly",
    "wasi": "WebAssembly", "iphoneos": "iOS", "cygwin": "Cygwin", "freebsd": "FreeBSD",
}  # fmt: skip


class Refusal(StrEnum):
    """Why an interpreter never tries a file."""

    OTHER_SYSTEM = "other-system"
    OTHER_IMPLEMENTATION = "other-implementation"
    OTHER_PYTHON = "other-python"
    FREE_THREADED = "free-threaded"
    DEBUG = "debug"
    OTHER_LIBC = "other-libc"
    OTHER_MACHINE = "other-machine"
    UNKNOWN_TAG = "unknown-tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionName:
    """The file name of an extension module, taken apart.

    ``module`` is the last part of the module's name; ``tag`` what stands between it and the ending (empty in ``x.so``).
    All else is None where the tag doesn't say: ``implementation`` (``cpython``, ``pypy``, ``graalpy``), ``python`` (also for
    the stable ABI, as ``(3,)``), ``flags`` (``m``, ``d``, ``t``), ``machine``, ``libc`` (``gnu``, ``musl``), ``system``.
    """

    module: str
    tag: str
    ending: str
    implementation: str | None = None
    python: tuple[int, ...] | None = None
    flags: str = ""
    machine: str | None = None
    libc: str | None = None
    system: str | None = None

    @property
    def stable(self) -> bool:
        """Whether it claims the stable ABI (``abi3``, or ``abi3t`` of the free-threaded builds)."""
        return self.python == (3,)


def accepted_suffixes(python: tuple[int, int], machine: str) -> tuple[str, ...]:
    """Return the suffixes that CPython tries on Linux with glibc, in its order.

    >>> accepted_suffixes((3, 11), "x86_64")
    ('.cpython-311-x86_64-linux-gnu.so', '.abi3.so', '.so')
    """
    platform = f"{machine}-linux-gnu"
    flags = "m" if python < (3, 8) else ""
    own = f".cpython-{python[0]}{python[1]}{flags}-{platform}.so"
    if python < (3, 15):
        return (own, ".abi3.so", ".so")
    # PEP 803 and gh-122931: the free-threaded stable ABI is good for both builds, and either may name its platform.
    return (own, f".abi3-{platform}.so", ".abi3.so", f".abi3t-{platform}.so", ".abi3t.so", ".so")


def parse_extension_name(filename: str) -> ExtensionName | None:
    """Take a file name apart, or return None for one that isn't named as an extension module.

    >>> parse_extension_name("_fast.cpython-313t-aarch64-linux-musl.so").flags
    't'
    >>> parse_extension_name("libz.so.1") is None
    True
    """
    ending = next((ending for ending in _ENDINGS if filename.endswith(ending)), None)
    if ending is None:
        return None
    module, _, tag = filename.removesuffix(ending).partition(".")
    if not module:
        return None
    match = _TAG.fullmatch(tag)
    if match is None:
        system = "Windows" if ending == ".pyd" else None
        return ExtensionName(module=module, tag=tag, ending=ending, system=system)
    machine, libc, system = _platform(match["platform"] or "", ending)
    digits = match["version"]
    return ExtensionName(
        module=module,
        tag=tag,
        ending=ending,
        implementation={"cp": "cpython", "abi": "cpython"}.get(match["kind"], match["kind"]),
        python=None if match["kind"] == "graalpy" else (int(digits[0]), int(digits[1:] or 0))[: len(digits)],
        flags=match["flags"],
        machine=machine,
        libc=libc,
        system=system,
    )


def module_leaf(path: str) -> str | None:
    """Return the last part of the name of the module at a path, or None where it isn't named as one.

    A package can be an extension module itself.

    >>> module_leaf("/opt/python/apsw/__init__.cpython-39-x86_64-linux-gnu.so")
    'apsw'
    """
    folder, _, filename = path.rpartition("/")
    name = parse_extension_name(filename)
    if name is None:
        return None
    return folder.rpartition("/")[2] if name.module == "__init__" else name.module


def refusal(name: ExtensionName, python: tuple[int, int], machine: str) -> Refusal | None:
    """Return why CPython on Linux with glibc never tries a file, or None where it does.

    >>> refusal(parse_extension_name("_x.cpython-310-x86_64-linux-gnu.so"), (3, 11), "x86_64")
    <Refusal.OTHER_PYTHON: 'other-python'>
    """
    suffix = f".{name.tag}{name.ending}" if name.tag else name.ending
    if suffix in accepted_suffixes(python, machine):
        return None
    reasons = (
        (name.system not in (None, "Linux"), Refusal.OTHER_SYSTEM),
        (name.implementation not in (None, "cpython"), Refusal.OTHER_IMPLEMENTATION),
        (name.python not in (None, (3,), python), Refusal.OTHER_PYTHON),
        ("t" in name.flags, Refusal.FREE_THREADED),
        ("d" in name.flags, Refusal.DEBUG),
        (name.libc not in (None, "gnu"), Refusal.OTHER_LIBC),
        (name.machine not in (None, machine), Refusal.OTHER_MACHINE),
    )
    return next((reason for holds, reason in reasons if holds), Refusal.UNKNOWN_TAG)


def entry_functions(module: str, python: tuple[int, int]) -> tuple[str, ...]:
    """Return the names under which CPython looks for the entry of a module (its last part), in its order.

    >>> entry_functions("_fast", (3, 12))
    ('PyInit__fast',)
    >>> entry_functions("lančmít", (3, 12))
    ('PyInitU_lanmt_2sa6t',)
    """
    if module.isascii():
        marked = f"_{module}"
    else:  # PEP 489
        marked = "U_" + module.encode("punycode").decode("ascii").replace("-", "_")
    prefixes = ("PyInit",) if python < (3, 15) else ("PyModExport", "PyInit")  # PEP 793
    return tuple(prefix + marked for prefix in prefixes)


def _platform(text: str, ending: str) -> tuple[str | None, str | None, str | None]:
    """The machine, the C library and the system that the rest of a tag names."""
    words = text.split("-") if "-" in text else [text]
    machine = next((found for word, found in _MACHINES.items() if word in text), None)
    if machine is None and "linux" in words:
        machine = words[0]
    system = "Linux" if "linux" in words else None
    for word, name in _SYSTEMS.items():
        if word in text:
            system = name
    libc = words[-1] if system == "Linux" and words[-1] != "linux" else None
    return machine, libc, system or ("Windows" if ending == ".pyd" else None)
