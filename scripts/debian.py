"""Debian's packages, unpacked into a folder, for any suite and architecture, without touching this host's own.

It asks the mirror that this host's sources name, through apt with a state of its own. Needs apt and dpkg-deb.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def unpack(packages: list[str], *, suite: str, architecture: str, work: Path) -> Path:
    """Return a folder that holds the files of ``packages`` from ``suite`` (``bullseye``) for ``architecture`` (``amd64``)."""
    state = work / f"{suite}-{architecture}"
    root = state / "root"
    downloads = state / "packages"
    for folder in (state / "lists/partial", state / "cache/archives/partial", downloads, root):
        folder.mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "sources.list").write_text(f"deb [signed-by={_KEYRING}] {mirror()} {suite} main\n")
    apt = ["apt-get", "-qq", *_options(state.resolve(), architecture)]
    if not any((state / "lists").glob("*Release")):
        subprocess.run([*apt, "update"], check=True)
    missing = [name for name in packages if not any(downloads.glob(f"{name}_*.deb"))]
    if missing:
        subprocess.run([*apt, "download", *missing], check=True, cwd=downloads)
    for name in packages:
        for package in downloads.glob(f"{name}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    return root


def _options(state: Path, architecture: str) -> list[str]:
    settings = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return [f"-o{name}={value}" for name, value in settings.items()]


def mirror() -> str:
    for sources in _SOURCES:
        if sources.exists() and (
            match := re.search(r"^[^#\n]*?(https?://\S+/debian)/?\s", sources.read_text(), re.M)
        ):
            return match[1]
    raise SystemExit(f"no mirror of Debian in {' or '.join(map(str, _SOURCES))}")
