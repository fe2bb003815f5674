"""Which shared libraries of this host a sandbox shows, so that a layer finds there what Lambda has and little else."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.errors import RunError
from layerwright.run.pythons import HostPython
from layerwright.targets.runtime import Runtime, Tier

LOADERS: Final = {"x86_64": "/lib64/ld-linux-x86-64.so.2", "aarch64": "/lib/ld-linux-aarch64.so.1"}
_SHOWN: Final = frozenset({Tier.SAFE, Tier.LIKELY, Tier.UNKNOWN})
_NAME_SERVICE: Final = ("libnss_files.so.2", "libnss_dns.so.2")
_LEFT_OUT: Final = frozenset({"_tkinter", "nis", "_dbm", "_gdbm"})
"""Modules of the standard library that Lambda's build lacks, or that drag in what Lambda has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLibraries:
    """The libraries to show, by soname, and how they differ from Lambda's.

    ``extra`` are there for this host's Python alone; ``absent`` are on Lambda, and this host can't give them.
    """

    files: Mapping[str, Path]
    extra: tuple[str, ...]
    absent: tuple[str, ...]


def shown_libraries(python: HostPython, runtime: Runtime) -> ShownLibraries:
    """Return which of the host's libraries to show a process of the runtime.

    A library is shown where Lambda has (or may have) its soname and all that it needs is shown too; and where this
    host's interpreter and its standard library can't do without.
    """
    loader = Path(LOADERS[platform.machine()])
    known = {soname for soname, library in runtime.libraries.items() if library.tier in _SHOWN}
    files: dict[str, Path] = {}
    for binary in (python.executable, *_extension_modules(python)):
        files |= needed(binary, loader)
    if python.library is not None:
        files.pop(python.library.name, None)
    installed = _installed()
    for soname in sorted(known | set(_NAME_SERVICE)):
        path = installed.get(soname)
        if path is None or soname in files:
            continue
        closure = needed(path, loader)
        if set(closure) <= known | set(files):
            files |= {soname: path, **closure}
    surely = {
        soname for soname, library in runtime.libraries.items() if library.tier in (Tier.SAFE, Tier.LIKELY)
    }
    shown = set(files) | {loader.name}
    extra = tuple(sorted(shown - known - set(_NAME_SERVICE)))
    return ShownLibraries(files=files, extra=extra, absent=tuple(sorted(surely - shown)))


def needed(binary: Path, loader: Path) -> dict[str, Path]:
    """Return the libraries that the host's loader finds for a binary, by soname, at any depth; the loader itself aside."""
    answer = subprocess.run(
        [loader, "--list", binary], capture_output=True, text=True, check=False, env={"PATH": os.defpath}
    )
    return {
        match[1]: Path(match[2]) for match in re.finditer(r"^\s*(\S+) => (/\S+)", answer.stdout, re.MULTILINE)
    }


def tools(names: Iterable[str], shown: Mapping[str, Path]) -> dict[str, Path]:
    """Return those programs of the host whose libraries are all shown, by name."""
    loader = Path(LOADERS[platform.machine()])
    found = {}
    for name in names:
        path = Path("/usr/bin", name)
        if path.is_file() and set(needed(path, loader)) <= set(shown):
            found[name] = path.resolve()
    return found


def _extension_modules(python: HostPython) -> list[Path]:
    modules = (python.platstdlib / "lib-dynload").glob("*.so")
    return [module for module in sorted(modules) if module.name.partition(".")[0] not in _LEFT_OUT]


def _installed() -> dict[str, Path]:
    """Return the libraries in the host's ld.so.cache, by soname, of the host's own architecture."""
    for program in ("/sbin/ldconfig", "/usr/sbin/ldconfig"):
        if Path(program).exists():
            break
    else:
        raise RunError("no ldconfig in /sbin or /usr/sbin, so the libraries of this host can't be listed")
    listing = subprocess.run([program, "-p"], capture_output=True, text=True, check=True)
    word = {"x86_64": "x86-64", "aarch64": "AArch64"}[platform.machine()]
    found: dict[str, Path] = {}
    for match in re.finditer(r"^\s*(\S+) \(([^)]*)\) => (/\S+)", listing.stdout, re.MULTILINE):
        if word in match[2] and "hwcap" not in match[2]:
            found.setdefault(match[1], Path(match[3]))
    return found
