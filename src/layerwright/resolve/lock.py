"""A lock: exactly one artifact per package, with its hash, for one target (PEP 751)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from layerwright.targets.target import Target


class ArtifactKind(StrEnum):
    """What an artifact is."""

    WHEEL = "wheel"
    SDIST = "sdist"
    DIRECTORY = "directory"
    VCS = "vcs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file, folder or repository that a package is taken from.

    ``filename`` is the base name of a wheel or an sdist, and names the package for the others. ``location`` is a URL or an
    absolute path; for VCS it is uv's form (``git+https://...@COMMIT``). ``sha256`` is hex, and None only for folders
    and repositories; ``size_bytes`` is None where the index gives none.
    """

    kind: ArtifactKind
    filename: str
    location: str
    sha256: str | None = None
    size_bytes: int | None = None
    subdirectory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """A package of the lock: its normalised name, its version (None for a folder whose version is dynamic), its artifact."""

    name: str
    version: str | None
    artifact: Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The packages for one target, sorted by name."""

    target: Target
    packages: tuple[LockedPackage, ...]
