"""Commands that run a package's own code, kept from the rest of the machine where the host can do that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

_PASSED_ON: Final = (
    "PATH",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "NUMBER_OF_PROCESSORS",
)
_COMPILERS: Final = ("CC", "CXX", "CPP", "FC", "F77", "F90", "LDSHARED", "RUSTC", "CARGO", "NVCC", "GO")
_NO_COMPILER: Final = "no-compiler-for-native-code"
_HIDDEN: Final = ("/tmp", "/run/user", "/home", "/root", "/var/tmp")  # noqa: S108


def confined_environment(home: Path) -> dict[str, str]:
    """Return an environment that holds nothing of the user's but what programs need to start.

    Home and temporary files are in ``home``, and what would make a wheel differ from run to run is fixed. No compiler is found:
    what one makes for this host could not be used, and many a package does without its native part where there is none,
    with the same result on every host.
    """
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    own = dict.fromkeys(
        ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "LOCALAPPDATA", "APPDATA"), str(home)
    )
    return {
        **kept,
        **own,
        **dict.fromkeys(_COMPILERS, _NO_COMPILER),
        "SOURCE_DATE_EPOCH": "315532800",  # 1980-01-01, the first day that a zip knows
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "TZ": "UTC",
    }


def find_bubblewrap() -> str | None:
    """Return bubblewrap's path where the host has it and lets us use it."""
    found = shutil.which("bwrap") if sys.platform == "linux" else None
    if found is None:
        return None
    trial = [*_bubblewrap(found), "--", "/bin/sh", "-c", "exit 0"]
    try:
        done = subprocess.run(trial, capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if done.returncode == 0 else None


def confined(
    bubblewrap: str,
    command: Sequence[str],
    *,
    folder: Path,
    writable: Iterable[Path],
    readable: Iterable[Path],
) -> list[str]:
    """Return the command line that runs ``command`` in ``folder`` under bubblewrap.

    It has no network, sees no other process, and can write to nothing but ``writable``. Homes and temporary folders are
    empty, save ``writable`` and ``readable``.
    """
    words = _bubblewrap(bubblewrap)
    homes = {*_HIDDEN, str(Path.home())} - {"/"}
    for hidden in sorted(path for path in homes if Path(path).is_dir() and not Path(path).is_symlink()):
        words += ["--tmpfs", hidden]
    for path in sorted(set(readable)):
        words += ["--ro-bind", str(path), str(path)]
    for path in sorted(set(writable)):
        words += ["--bind", str(path), str(path)]
    return [*words, "--chdir", str(folder), "--", *command]


def _bubblewrap(program: str) -> list[str]:
    isolation = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    return [program, *isolation, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
