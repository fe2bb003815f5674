"""Credentials from the ``keyring`` command, asked as uv asks it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

_TIMEOUT_S: Final = 30


def keyring_credentials(
    services: Sequence[str], username: str | None, *, environment: Mapping[str, str]
) -> tuple[str, str] | None:
    """The user and password that the keyring has for the first of the services that it knows; None without any.

    Without a user's name it is asked for both, which keyring 25 and later can.
    """
    command = shutil.which("keyring", path=environment.get("PATH"))
    if command is None:
        return None
    for service in services:
        words = ["get", service, username] if username else ["--mode", "creds", "get", service]
        lines = _said([command, *words], environment)
        if username and lines:
            return username, lines[0]
        if len(lines) == 2:
            return lines[0], lines[1]
    return None


def _said(command: list[str], environment: Mapping[str, str]) -> list[str]:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
