"""uv's binary, run: one call, its exit code and what it said."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.errors import InternalError

# Which versions the resolver looked at and could not use is told nowhere but in this log (see candidates.py).
_LOGGED: Final = ("TRACE ", "DEBUG ")
_LOG: Final = "uv_resolver::candidate_selector=trace,uv_resolver::resolver=debug"
# Settings of uv that would change what is asked for, rather than where it is looked for.
_UNSET: Final = frozenset(
    {"UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_FROZEN", "UV_LOCKED", "UV_NO_DEV", "UV_PROJECT", "UV_WORKING_DIR"}
    | {"UV_WORKING_DIRECTORY", "RUST_LOG", "FORCE_COLOR", "CLICOLOR_FORCE", "UV_LOG_CONTEXT"}
)
# It asks sysconfig, which in Python 3.11 hands a second thread a table that the first has not filled yet:
# https://github.com/python/cpython/issues/92452
_FINDING: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class UvRun:
    """What a run of uv left: its exit code, its standard output, its messages and its log, line by line."""

    code: int
    output: bytes
    messages: tuple[str, ...]
    log: tuple[str, ...]

    @property
    def text(self) -> str:
        """The messages as one text."""
        return "\n".join(self.messages)


def run_uv(
    arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, given: str = ""
) -> UvRun:
    """The result of ``uv ARGUMENTS`` in a folder, with ``given`` on its standard input.

    uv's own settings in the environment hold; Python is never downloaded, and messages are plain text.
    Raises InternalError where there is no uv.
    """
    command = [find_uv(environment), *arguments, "--color", "never", "--no-progress"]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(environment),
        )
    except OSError as error:
        raise InternalError(f"can't run uv ({command[0]}): {error.strerror or error}") from error
    try:
        output, messages = process.communicate(given.encode())
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    lines = messages.decode(errors="replace").splitlines()
    return UvRun(
        code=process.returncode,
        output=output,
        messages=tuple(line for line in lines if not line.startswith(_LOGGED)),
        log=tuple(line for line in lines if line.startswith(_LOGGED)),
    )


def find_uv(environment: Mapping[str, str]) -> str:
    """The path of uv's binary: the one that came with us, else one on the PATH; InternalError without any."""
    try:
        from uv import find_uv_bin

        with _FINDING:
            return str(find_uv_bin())
    except (ImportError, FileNotFoundError) as missing:
        import shutil

        found = shutil.which("uv", path=environment.get("PATH"))
        if found is None:
            raise InternalError(
                "uv is not installed", hint="reinstall layerwright with its dependencies"
            ) from missing
        return found


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in environment.items() if key not in _UNSET}
    return {**kept, "RUST_LOG": _LOG, "UV_PYTHON_DOWNLOADS": "never", "NO_COLOR": "1"}
