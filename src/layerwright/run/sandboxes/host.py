"""The host's own CPython of the target's minor version, in a root that shows of this host only what Lambda has too."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.run.environment import Paths
from layerwright.run.libraries import LOADERS, ShownLibraries, shown_libraries, tools
from layerwright.run.pythons import HostPython
from layerwright.run.sandboxes.bubblewrap import PATHS, wrap
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Fidelity, Launch
from layerwright.targets.runtime import Runtime
from layerwright.wheels.store import DerivedKind, Store

_SEEN: Final = DerivedKind("host-libraries", 1)
_LOADER_CACHE: Final = Path("/etc/ld.so.cache")
_DATA: Final = (
    "/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/ssl", "/etc/pki", "/usr/lib/ssl",
    "/usr/lib/locale", "/usr/share/ca-certificates", "/usr/share/zoneinfo", "/usr/local/share/ca-certificates",
)  # fmt: skip
_TOOLS: Final = (
    "sh", "bash", "basename", "cat", "chmod", "cp", "cut", "date", "df", "dirname", "du", "echo", "env", "expr", "false", "find",
    "gawk", "grep", "gzip", "head", "id", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "pwd", "readlink", "rm", "rmdir", "sed",
    "seq", "sleep", "sort", "stat", "tail", "tar", "tee", "touch", "tr", "true", "uname", "uniq", "wc", "xargs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSandbox:
    """bubblewrap over a root made of the host's interpreter (at /var/lang) and chosen libraries (at /lib64)."""

    bubblewrap: str
    python: HostPython
    runtime: Runtime
    libraries: ShownLibraries
    programs: Mapping[str, Path]

    @property
    def paths(self) -> Paths:
        """Lambda's own paths."""
        return PATHS

    @property
    def isolated(self) -> bool:
        """True: only files and processes of its launch are seen."""
        return True

    @property
    def emulator(self) -> None:
        """None: programs start by themselves."""
        return

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        ours, theirs = ".".join(platform.libc_ver()[1].split(".")[:2]), ".".join(map(str, self.runtime.glibc))
        differences = [] if ours == theirs else [f"glibc {ours} here, {theirs} there"]
        if self.libraries.extra:
            extra = ", ".join(self.libraries.extra)
            differences.append(f"libraries that this host's Python brings and Lambda has not: {extra}")
        if self.libraries.absent:
            differences.append(
                f"{len(self.libraries.absent)} libraries that Lambda has and this host has not"
            )
        differences.append("other builds of the interpreter and of the libraries")
        return Fidelity(
            environment=f"{self.python} of this host in bubblewrap", differences=tuple(differences)
        )

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        return wrap(self.bubblewrap, launch, self._root(), [f"{PATHS.language}/bin/{self._name}"])

    @property
    def _name(self) -> str:
        return f"python{self.python.version[0]}.{self.python.version[1]}"

    def _root(self) -> Iterator[str]:
        loader = LOADERS[platform.machine()]
        triplet = f"{platform.machine()}-linux-gnu"
        for target, link in (
            ("usr/lib64", "/lib64"), ("usr/lib", "/lib"), ("usr/bin", "/bin"), ("../lib64", f"/usr/lib/{triplet}"),
        ):  # fmt: skip
            yield from ("--symlink", target, link)
        yield from ("--ro-bind", loader, f"/usr{loader}")
        for soname, path in sorted(self.libraries.files.items()):
            yield from ("--ro-bind", str(path), f"/usr/lib64/{soname}")
        for name, path in sorted(self.programs.items()):
            yield from ("--ro-bind", str(path), f"/usr/bin/{name}")
        for place in _DATA:
            yield from ("--ro-bind-try", place, place)
        for name in ("passwd", "group"):
            yield from ("--ro-bind", str(INSIDE / "etc" / name), f"/etc/{name}")
        yield from self._interpreter()

    def _interpreter(self) -> Iterator[str]:
        """Lay the interpreter where Lambda has it, without the packages that someone installed for it."""
        language, version = PATHS.language, self._name
        yield from ("--ro-bind", str(self.python.executable), f"{language}/bin/{version}")
        for folder in {self.python.stdlib, self.python.platstdlib}:
            place = f"{language}/{folder.relative_to(self.python.prefix)}"
            yield from ("--ro-bind", str(folder), place)
            if (folder / "site-packages").is_dir():
                yield from ("--tmpfs", f"{place}/site-packages")
        if self.python.library is not None:
            yield from ("--ro-bind", str(self.python.library), f"{language}/lib/{self.python.library.name}")


def host_sandbox(bubblewrap: str, python: HostPython, runtime: Runtime) -> HostSandbox:
    """Return the sandbox of a host's interpreter; looks at the host's libraries."""
    libraries = shown_libraries(python, runtime)
    programs = tools(_TOOLS, libraries.files)
    return HostSandbox(
        bubblewrap=bubblewrap, python=python, runtime=runtime, libraries=libraries, programs=programs
    )


def kept_host_sandbox(bubblewrap: str, python: HostPython, runtime: Runtime, store: Store) -> HostSandbox:
    """Return the same as ``host_sandbox``; what was seen of this host's libraries is kept until one of them changes."""
    key = hashlib.sha256(
        f"{python} {_stamp(python.executable)} {_stamp(_LOADER_CACHE)} {runtime.target.digest}".encode()
    ).hexdigest()
    kept = store.derived(_SEEN, key)
    if kept is None:
        sandbox = host_sandbox(bubblewrap, python, runtime)
        store.keep_derived(_SEEN, key, _as_json(sandbox))
        return sandbox
    seen = json.loads(kept)
    return HostSandbox(
        bubblewrap=bubblewrap,
        python=python,
        runtime=runtime,
        libraries=ShownLibraries(
            files={soname: Path(path) for soname, path in seen["libraries"].items()},
            extra=tuple(seen["extra"]),
            absent=tuple(seen["absent"]),
        ),
        programs={name: Path(path) for name, path in seen["programs"].items()},
    )


def _as_json(sandbox: HostSandbox) -> bytes:
    seen = {
        "libraries": {soname: str(path) for soname, path in sandbox.libraries.files.items()},
        "extra": sandbox.libraries.extra,
        "absent": sandbox.libraries.absent,
        "programs": {name: str(path) for name, path in sandbox.programs.items()},
    }
    return json.dumps(seen).encode()


def _stamp(path: Path) -> str:
    """Return what changes when a file does."""
    try:
        status = path.stat()
    except OSError:
        return f"{path} is not there"
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
