"""The host's own CPython of the target's minor version, in a root that shows of this host only what Lambda has too."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright._version import __version__
from layerwright.run.environment import Paths
from layerwright.run.libraries import LOADERS, ShownLibraries, shown_libraries, tools
from layerwright.run.materialize import FOLDER
from layerwright.run.pythons import HostPython
from layerwright.run.sandboxes.bubblewrap import PATHS, wrap
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Fidelity, Launch
from layerwright.targets.runtime import Runtime
from layerwright.wheels.store import DerivedKind, Store

_SEEN: Final = DerivedKind("host-root", 1)
_OURS: Final = ("var/task", "var/runtime", "var/layerwright")
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
    """bubblewrap over a root made of the host's interpreter (at /var/lang) and chosen libraries (at /lib64).

    ``extra`` are libraries that are there for this host's Python alone; ``absent`` are on Lambda, and this host can't give them.
    """

    bubblewrap: str
    python: HostPython
    runtime: Runtime
    root: Path
    extra: tuple[str, ...]
    absent: tuple[str, ...]

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
    def passes_descriptors(self) -> bool:
        """True: the process is a child of ours."""
        return True

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        ours, theirs = ".".join(platform.libc_ver()[1].split(".")[:2]), ".".join(map(str, self.runtime.glibc))
        differences = [] if ours == theirs else [f"glibc {ours} here, {theirs} there"]
        if self.extra:
            extra = ", ".join(self.extra)
            differences.append(f"libraries that this host's Python brings and Lambda has not: {extra}")
        if self.absent:
            differences.append(f"{len(self.absent)} libraries that Lambda has and this host has not")
        differences.append("other builds of the interpreter and of the libraries")
        return Fidelity(
            environment=f"{self.python} of this host in bubblewrap", differences=tuple(differences)
        )

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        return wrap(
            self.bubblewrap,
            launch,
            self._options(),
            [f"{PATHS.language}/bin/python{self.python.version[0]}.{self.python.version[1]}"],
        )

    def _options(self) -> Iterator[str]:
        yield from ("--ro-bind", str(self.root), "/")
        for folder in {self.python.stdlib, self.python.platstdlib}:
            place = f"{PATHS.language}/{folder.relative_to(self.python.prefix)}"
            yield from ("--ro-bind", str(folder), place)
            if (folder / "site-packages").is_dir():
                yield from ("--tmpfs", f"{place}/site-packages")
        for place in _DATA:
            if Path(place).exists():
                yield from ("--ro-bind", place, place)


def host_sandbox(bubblewrap: str, python: HostPython, runtime: Runtime, store: Store) -> HostSandbox:
    """Return the sandbox of a host's interpreter.

    What its root needs of this host is copied into the store once: a bind for each file would cost a tenth of a second at
    each start. It is copied again when the interpreter or the host's libraries change.
    """
    facts = (_stamp(python.executable), _stamp(_LOADER_CACHE), runtime.target.digest, __version__)
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    root = store.root / FOLDER / "roots" / key
    kept = store.derived(_SEEN, key)
    if kept is None or not root.is_dir():
        libraries = shown_libraries(python, runtime)
        with store.refusals():
            _lay_root(root, python, libraries)
        kept = json.dumps({"extra": libraries.extra, "absent": libraries.absent}).encode()
        store.keep_derived(_SEEN, key, kept)
    seen = json.loads(kept)
    return HostSandbox(
        bubblewrap=bubblewrap,
        python=python,
        runtime=runtime,
        root=root,
        extra=tuple(seen["extra"]),
        absent=tuple(seen["absent"]),
    )


def _lay_root(root: Path, python: HostPython, libraries: ShownLibraries) -> None:
    """Make the root: chosen libraries and programs, the interpreter where Lambda has it, and places to bind the rest at."""
    root.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".laying-", dir=root.parent))
    try:
        loader, triplet = LOADERS[platform.machine()], f"{platform.machine()}-linux-gnu"
        for folder in ("usr/lib64", "usr/lib", "usr/bin", "etc", "tmp", "proc", "dev", "opt", *_OURS):
            (work / folder).mkdir(parents=True, exist_ok=True)
        for target, link in (
            ("usr/lib64", "lib64"),
            ("usr/lib", "lib"),
            ("usr/bin", "bin"),
            ("../lib64", f"usr/lib/{triplet}"),
        ):
            (work / link).symlink_to(target)
        _copy(Path(loader), work / f"usr{loader}")
        for soname, path in libraries.files.items():
            _copy(path, work / "usr/lib64" / soname)
        for name, path in tools(_TOOLS, libraries.files).items():
            _copy(path, work / "usr/bin" / name)
        for name in ("passwd", "group"):
            _copy(INSIDE / "etc" / name, work / "etc" / name)
        _lay_places(work)
        _lay_interpreter(work / PATHS.language.lstrip("/"), python)
        work.chmod(0o755)
        work.rename(root)
    except OSError:
        if not root.is_dir():
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _lay_places(work: Path) -> None:
    """Make what data of this host is bound at."""
    for place in map(Path, _DATA):
        target = work / place.relative_to("/")
        if place.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif place.exists():
            target.touch()


def _lay_interpreter(language: Path, python: HostPython) -> None:
    (language / "bin").mkdir(parents=True)
    _copy(python.executable, language / "bin" / f"python{python.version[0]}.{python.version[1]}")
    for folder in (python.stdlib, python.platstdlib):
        (language / folder.relative_to(python.prefix)).mkdir(parents=True, exist_ok=True)
    if python.library is not None:
        _copy(python.library, language / "lib" / python.library.name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source.resolve(), target)


def _stamp(path: Path) -> str:
    """Return what changes when a file does."""
    try:
        status = path.stat()
    except OSError:
        return f"{path} is not there"
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}"
