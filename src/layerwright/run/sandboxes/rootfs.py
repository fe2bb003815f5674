"""Any root filesystem that holds the target's Python, in bubblewrap; under qemu-user where its architecture is foreign."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from layerwright.errors import UsageError
from layerwright.run.environment import Paths
from layerwright.run.sandboxes.bubblewrap import PATHS, wrap
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Fidelity, Launch
from layerwright.targets.runtime import Runtime

_OURS: Final = frozenset({"proc", "dev", "sys", "run", "tmp", "opt"})
_OURS_IN_VAR: Final = frozenset({"task", "layerwright", "run", "lock", "tmp"})
_PLACES: Final = ("var/lang/bin", "usr/local/bin", "usr/bin", "opt/python/bin", "bin")
_EMULATOR: Final = "/var/layerwright-emulator"
_LIBC_PLACES: Final = (
    "lib64",
    "usr/lib64",
    "lib/{machine}-linux-gnu",
    "usr/lib/{machine}-linux-gnu",
    "lib",
    "usr/lib",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSandbox:
    """bubblewrap over a root filesystem.

    ``interpreter`` is its Python's path inside; ``qemu`` the host's qemu-user for a foreign architecture, or None.
    """

    bubblewrap: str
    root: Path
    runtime: Runtime
    interpreter: str
    qemu: str | None
    glibc: tuple[int, int] | None
    is_lambda: bool

    @property
    def paths(self) -> Paths:
        """Lambda's own paths."""
        return PATHS

    @property
    def isolated(self) -> bool:
        """True: only files and processes of its launch are seen."""
        return True

    @property
    def emulator(self) -> str | None:
        """qemu-user's place inside, for a foreign architecture."""
        return _EMULATOR if self.qemu else None

    @property
    def passes_descriptors(self) -> bool:
        """True: the process is a child of ours."""
        return True

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        differences = []
        theirs = ".".join(map(str, self.runtime.glibc))
        if self.glibc is None:
            differences.append(f"glibc of an unknown version here, {theirs} there")
        elif self.glibc != self.runtime.glibc:
            differences.append(f"glibc {'.'.join(map(str, self.glibc))} here, {theirs} there")
        if not self.is_lambda:
            differences.append(f"the root filesystem is not Lambda's, its interpreter is {self.interpreter}")
        if self.qemu:
            differences.append(f"{self.runtime.target.architecture} is emulated by qemu-user")
        return Fidelity(
            environment=f"root filesystem {self.root.name} in bubblewrap", differences=tuple(differences)
        )

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        words = [self.interpreter]
        if self.qemu:
            words = [_EMULATOR, "-0", self.interpreter, self.interpreter]
        return wrap(self.bubblewrap, launch, self._options(), words)

    def _options(self) -> Iterator[str]:
        yield from _shown(self.root, "/", _OURS | {"var", "etc"})
        yield from _shown(self.root / "var", "/var", _OURS_IN_VAR)
        yield from _shown(self.root / "etc", "/etc", frozenset({"passwd", "group", "resolv.conf", "hosts"}))
        for name in ("passwd", "group"):
            yield from ("--ro-bind", str(INSIDE / "etc" / name), f"/etc/{name}")
        for name in ("resolv.conf", "hosts"):
            yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
        if self.qemu:
            yield from ("--ro-bind", self.qemu, _EMULATOR)


def _shown(folder: Path, place: str, left_out: frozenset[str]) -> Iterator[str]:
    """Yield the options that show a folder's entries, so that the folder itself can hold what the root has not."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        target = f"{place.rstrip('/')}/{entry.name}"
        if entry.name in left_out or (place == "/var" and entry.name == "runtime" and not entry.is_dir()):
            continue
        if entry.is_symlink():
            yield from ("--symlink", str(entry.readlink()), target)
        elif entry.is_dir() or entry.is_file():
            yield from ("--ro-bind", str(entry), target)


def root_sandbox(bubblewrap: str, root: Path, runtime: Runtime) -> RootSandbox:
    """Return the sandbox of a root filesystem.

    Raises UsageError where the root holds no Python of the target's version, or its architecture can't be run here.
    """
    root = root.resolve()
    target = runtime.target
    interpreter = find_interpreter(root, target.python_version)
    if interpreter is None:
        raise UsageError(
            f"{root} holds no python{target.python_version} in {', '.join('/' + place for place in _PLACES)}",
            hint=f"`--root` takes a folder that would be / of a machine; it has to have CPython {target.python_version}",
        )
    machine = read_machine(follow(root, interpreter))
    if machine is not None and machine != target.machine:
        raise UsageError(f"{root} is for {machine}, the target {target} needs {target.machine}")
    qemu = None
    if target.machine != platform.machine():
        qemu = shutil.which(f"qemu-{target.machine}-static") or shutil.which(f"qemu-{target.machine}")
        if qemu is None:
            raise UsageError(
                f"{target} is foreign to this {platform.machine()} host, and there is no qemu-{target.machine}-static",
                hint="install qemu-user-static (Debian, Fedora), or use --engine with an engine that emulates",
            )
    return RootSandbox(
        bubblewrap=bubblewrap,
        root=root,
        runtime=runtime,
        interpreter=interpreter,
        qemu=qemu,
        glibc=read_glibc(root, target.machine),
        is_lambda=interpreter.startswith("/var/lang/"),
    )


def find_interpreter(root: Path, version: str) -> str | None:
    """Return the path inside the root of its ``python3.X``, Lambda's own place first; None where it has none."""
    for place in _PLACES:
        path = f"/{place}/python{version}"
        if follow(root, path).is_file():
            return path
    return None


def follow(root: Path, path: str) -> Path:
    """Return where a path inside a root stands on the host, with its links followed inside the root."""
    parts = list(PurePosixPath(path).parts[1:])
    current = PurePosixPath("/")
    for _ in range(100):
        if not parts:
            break
        part = parts.pop(0)
        if part == "..":
            current = current.parent
            continue
        here = root / str(current / part).lstrip("/")
        if here.is_symlink():
            link = PurePosixPath(here.readlink())
            if link.is_absolute():
                current = PurePosixPath("/")
            parts = [word for word in link.parts if word != "/"] + parts
        else:
            current /= part
    return root / str(current).lstrip("/")


def read_machine(binary: Path) -> str | None:
    """Return the machine that an ELF file is for, as the kernel names it; None for one that we have no word for."""
    with binary.open("rb") as file:
        header = file.read(20)
    if len(header) < 20 or header[:4] != b"\x7fELF":
        return None
    order = "big" if header[5] == 2 else "little"
    return {62: "x86_64", 183: "aarch64"}.get(
        int.from_bytes(header[18:20], "big" if order == "big" else "little")
    )


def read_glibc(root: Path, machine: str) -> tuple[int, int] | None:
    """Return the version that the root's libc.so.6 says of itself, None where it can't be found."""
    for place in _LIBC_PLACES:
        path = follow(root, f"/{place.format(machine=machine)}/libc.so.6")
        if path.is_file():
            found = re.search(rb"GNU C Library .*?version (\d+)\.(\d+)", path.read_bytes())
            return (int(found[1]), int(found[2])) if found else None
    return None
