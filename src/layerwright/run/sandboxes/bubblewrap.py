"""The part of a bubblewrap command line that every root has in common."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from typing import Final

from layerwright.run.environment import Paths
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Launch

PATHS: Final = Paths()
_UID, _GID = 993, 990
"""What ``id`` says on Lambda."""
_DEVICES: Final = ("full", "null", "random", "urandom", "zero", "tty")
_ISOLATED: Final = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
)
_OWN_PROCESSES: Final = 2
"""The one outside of the namespaces, and the first one inside."""


def find_bubblewrap() -> str | None:
    """Return the path of a bubblewrap that works here, None where there is none or it may not make namespaces."""
    program = shutil.which("bwrap")
    if program is None:
        return None
    probe = [
        program,
        *_ISOLATED,
        "--unshare-net",
        "--uid",
        "1",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--",
        "/bin/true",
    ]
    works = subprocess.run(probe, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0
    return program if works else None


def wrap(program: str, launch: Launch, root: Iterable[str], interpreter: Iterable[str]) -> Command:
    """Return the command line of a launch in a root.

    ``program`` is bubblewrap's path, ``root`` are the options that lay the root's own files, ``interpreter`` the words that start it inside. Variables that
    steer the dynamic loader are set behind bubblewrap's own start; the others, which may be secret, stay off the
    command line.
    """
    words = [
        program,
        *_ISOLATED,
        "--uid",
        str(_UID),
        "--gid",
        str(_GID),
        "--die-with-parent",
        "--new-session",
    ]
    if not launch.network:
        words.append("--unshare-net")
    words += root
    words += ["--proc", "/proc", *_devices(), *_binds(launch), "--remount-ro", "/", "--chdir", PATHS.function]
    loader = {name: value for name, value in launch.environment.items() if name.startswith("LD_")}
    for name, value in loader.items():
        words += ["--setenv", name, value]
    words += ["--", *interpreter, f"{PATHS.scripts}/{launch.script}", *launch.words]
    rest = {name: value for name, value in launch.environment.items() if name not in loader}
    return Command(words=tuple(words), environment=rest, above=_OWN_PROCESSES)


def _devices() -> Iterable[str]:
    """Lambda's /dev has neither shm nor pts."""
    yield from ("--tmpfs", "/dev")
    for name in _DEVICES:
        yield from ("--dev-bind-try", f"/dev/{name}", f"/dev/{name}")
    yield from ("--symlink", "/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        yield from ("--symlink", f"/proc/self/fd/{number}", f"/dev/{name}")
    yield from ("--remount-ro", "/dev")


def _binds(launch: Launch) -> Iterable[str]:
    for source, target in (
        (launch.stack, PATHS.layers),
        (launch.function, PATHS.function),
        (launch.packages, PATHS.packages),
    ):
        yield from ("--dir", target) if source is None else ("--ro-bind", str(source), target)
    yield from ("--ro-bind", str(INSIDE), PATHS.scripts)
    if launch.temporary is None:
        yield from ("--perms", "1777", "--tmpfs", PATHS.temporary)
    else:
        yield from ("--bind", str(launch.temporary), PATHS.temporary)
