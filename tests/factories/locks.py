"""Locks over wheels and source distributions that a test made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.targets import parse_target


def locked_file(
    data: bytes,
    location: str,
    *,
    name: str = "demo",
    version: str = "1.0",
    kind: ArtifactKind = ArtifactKind.WHEEL,
    sized: bool = True,
) -> LockedPackage:
    """A package whose artifact has these bytes and is at this place; its name is the place's last part."""
    artifact = Artifact(
        kind=kind,
        filename=location.partition("?")[0].replace("\\", "/").rpartition("/")[2],
        location=location,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data) if sized else None,
    )
    return LockedPackage(name=name, version=version, artifact=artifact)


def lock_of(packages: Iterable[LockedPackage], target: str = "python3.11-x86_64") -> Lock:
    """A lock of these packages."""
    return Lock(target=parse_target(target), packages=tuple(packages))
