"""The CPython interpreters that this host has, by minor version."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from layerwright.wheels.store import DerivedKind, Store

_FOUND: Final = DerivedKind("host-pythons", 1)
_QUESTION: Final = """\
import json, platform, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:3]),
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "prefix": sys.base_prefix,
    "stdlib": sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix}),
    "platstdlib": sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix}),
    "libc": platform.libc_ver()[0],
    "threads_only": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "library": sysconfig.get_config_var("INSTSONAME") if sysconfig.get_config_var("Py_ENABLE_SHARED") else None,
    "library_folder": sysconfig.get_config_var("LIBDIR"),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPython:
    """A CPython of this host, found outside any virtual environment.

    ``stdlib`` and ``platstdlib`` are its standard library's folders, usually one; ``library`` is libpython's file, None
    where the interpreter holds it itself.
    """

    version: tuple[int, int, int]
    executable: Path
    prefix: Path
    stdlib: Path
    platstdlib: Path
    library: Path | None

    def __str__(self) -> str:
        """Return its name and version."""
        return f"CPython {'.'.join(map(str, self.version))}"


def find_pythons(minor: tuple[int, int], environment: Mapping[str, str] = os.environ) -> Iterator[HostPython]:
    """Yield the host's CPythons of a minor version that extension modules for Lambda can load in, likeliest first.

    Looks on PATH, then among pyenv's and uv's. Those with another C library than glibc and free-threaded builds are passed over.
    """
    asked: set[Path] = set()
    found: set[Path] = set()
    for candidate in _candidates(minor, environment):
        if candidate.resolve() in asked:
            continue
        asked.add(candidate.resolve())
        python = _ask(candidate, minor)
        if python is not None and python.executable not in found:
            found.add(python.executable)
            yield python


def kept_pythons(
    minor: tuple[int, int], store: Store, environment: Mapping[str, str] = os.environ
) -> Iterator[HostPython]:
    """Yield the same as ``find_pythons``; what an interpreter said of itself is kept until its file changes."""
    candidates = {path: path.resolve() for path in _candidates(minor, environment)}
    stamps = [
        f"{path} {real} {real.stat().st_mtime_ns} {real.stat().st_size}" for path, real in candidates.items()
    ]
    key = hashlib.sha256("\n".join((*map(str, minor), *stamps)).encode()).hexdigest()
    kept = store.derived(_FOUND, key)
    pythons = [_from_json(facts) for facts in json.loads(kept or b"[]")]
    if pythons and all(python.executable.exists() for python in pythons):
        yield from pythons
        return
    pythons = list(find_pythons(minor, environment))
    store.keep_derived(_FOUND, key, json.dumps([asdict(python) for python in pythons], default=str).encode())
    yield from pythons


def _from_json(facts: dict[str, Any]) -> HostPython:
    library = Path(facts["library"]) if facts["library"] else None
    folders = {name: Path(facts[name]) for name in ("executable", "prefix", "stdlib", "platstdlib")}
    return HostPython(version=tuple(facts["version"]), library=library, **folders)


def _candidates(minor: tuple[int, int], environment: Mapping[str, str]) -> Iterator[Path]:
    name = f"python{minor[0]}.{minor[1]}"
    home = Path(environment.get("HOME") or Path.home())
    for word in (name, "python3"):
        found = shutil.which(word, path=environment.get("PATH"))
        if found:
            yield Path(found)
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    uv = Path(environment.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")
    version = f"{minor[0]}.{minor[1]}"
    for folder, pattern in ((pyenv / "versions", f"{version}*"), (uv, f"cpython-{version}*-linux-*-gnu*")):
        yield from sorted(folder.glob(f"{pattern}/bin/{name}"), key=_patch, reverse=True)


def _patch(path: Path) -> tuple[int, ...]:
    words = path.parent.parent.name.removeprefix("cpython-").split("-")[0].split(".")
    return tuple(int(word) if word.isdigit() else -1 for word in words)


def _ask(executable: Path, minor: tuple[int, int]) -> HostPython | None:
    try:
        answer = subprocess.run(
            [executable, "-I", "-S", "-c", _QUESTION],
            capture_output=True,
            check=True,
            timeout=20,
            stdin=subprocess.DEVNULL,
        )
        facts = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # a shim without a version behind it, or not a Python
    if facts["implementation"] != "cpython" or tuple(facts["version"][:2]) != minor or facts["threads_only"]:
        return None
    if platform.system() == "Linux" and facts["libc"] != "glibc":
        return None
    library = Path(facts["library_folder"], facts["library"]) if facts["library"] else None
    if library is not None and not library.exists():
        library = Path(facts["prefix"], "lib", facts["library"])
    return HostPython(
        version=tuple(facts["version"]),
        executable=Path(facts["executable"]).resolve(),
        prefix=Path(facts["prefix"]),
        stdlib=Path(facts["stdlib"]),
        platstdlib=Path(facts["platstdlib"]),
        library=library,
    )
