"""What a resolution has to say beyond the lock: values that read as one line each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from layerwright.resolve.release import Release
from layerwright.resolve.tags import wheel_tags
from layerwright.targets.target import Target

_MACHINE: Final = re.compile(r"linux\w*?_(x86_64|aarch64|i686|[a-z]+[a-z0-9]*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderVersion:
    """An older version was taken, because the newest has no wheel that fits; ``reason`` says what it has."""

    name: str
    version: str
    newest: str
    target: str
    reason: str

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"took {self.name} {self.version}, not {self.newest}:"
            f" the newest has no wheel for {self.target} ({self.reason})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOnly:
    """A package has no wheel for the target, so that its source distribution is to be built."""

    name: str
    version: str
    target: str

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.name} {self.version} has no wheel for {self.target}: its source distribution is built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """uv warned of something, such as a yanked version."""

    message: str

    def __str__(self) -> str:
        """One line for people."""
        return self.message


Note = OlderVersion | SourceOnly | Warned


def missing_wheel_reason(release: Release, target: Target) -> str:
    """Why no wheel of a release fits, in a few words: what its wheels are for."""
    if not release.wheels:
        return "only a source distribution" if release.sdist else "no files"
    tags = {tag for wheel in release.wheels for tag in wheel_tags(wheel.filename)}
    ours = {tag for tag in tags if tag.endswith((f"_{target.machine}", "-any"))}
    linux = {tag for tag in ours if "-manylinux" in tag or "-linux" in tag or tag.endswith("-any")}
    newer = {tag.rpartition("-")[2] for tag in linux if _python_fits(tag, target)}
    if newer:
        return "only " + _listed(platform.removesuffix(f"_{target.machine}") for platform in newer)
    if linux:
        return "only for " + _listed(tag.partition("-")[0] for tag in linux)
    return "only for " + _listed({_system(tag.rpartition("-")[2]) for tag in tags})


def _python_fits(tag: str, target: Target) -> bool:
    python, abi, _ = tag.split("-")
    major, minor = target.python
    if abi == "abi3" and python.startswith(f"cp{major}"):
        return int(python.removeprefix(f"cp{major}") or 0) <= minor
    return (abi in {"none", f"cp{major}{minor}"}) and python in {
        f"cp{major}{minor}",
        f"py{major}",
        f"py{major}{minor}",
    }


def _system(platform: str) -> str:
    for start, name in (
        ("macosx", "macOS"),
        ("win", "Windows"),
        ("musllinux", "musl"),
        ("ios", "iOS"),
        ("android", "Android"),
    ):
        if platform.startswith(start):
            return name
    machine = _MACHINE.search(platform)
    return machine[1] if machine else platform


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words)))
