"""Packages pinned by another tool's lock become artifacts: exactly its versions, and only files with its hashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from layerwright.errors import IntegrityError, UsageError
from layerwright.resolve.candidates import release_run, run_releases
from layerwright.resolve.failure import failure_error
from layerwright.resolve.lock import Artifact, LockedPackage
from layerwright.resolve.release import Release
from layerwright.resolve.request import Request
from layerwright.resolve.selection import Choice, hashed, select_artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A package of a lock: its one version, the sha256 hashes that its files may have, or where else it is from.

    ``hashes`` is empty where the lock gives none; ``index`` is the index it was locked from, where it says so.
    """

    name: str
    version: str | None
    hashes: frozenset[str] = frozenset()
    direct: Artifact | None = None
    index: str | None = None


def choose_files(
    pins: Iterable[Pinned], request: Request, choice: Choice, *, words: tuple[str, ...]
) -> tuple[LockedPackage, ...]:
    """Each pinned package with its best file for the target, sorted by name.

    The files are those that the indexes have of just these versions, as uv lists them; no metadata is read.
    """
    pinned = sorted(pins, key=lambda pin: pin.name)
    indexed = [pin for pin in pinned if pin.direct is None]
    indexes = tuple(dict.fromkeys(pin.index for pin in indexed if pin.index))
    asked = replace(request, indexes=replace(request.indexes, index=(*request.indexes.index, *indexes)))
    found: dict[str, Release] = {}
    if indexed:
        lines = [f"{pin.name}=={pin.version}" for pin in indexed]
        run = release_run(lines, asked, python_version=choice.target.python_version, words=words)
        if run.code:
            raise failure_error(run, offline=request.offline)
        found = {release.name: release for release in run_releases(run, request)}
    packages = []
    for pin in pinned:
        release = found.get(pin.name) or Release(
            name=pin.name, version=pin.version, direct=pin.direct, wheels=(), sdist=None
        )
        allowed = only_hashes(release, pin.hashes, choice) if pin.direct is None else release
        packages.append(
            LockedPackage(
                name=pin.name, version=pin.version, artifact=hashed(select_artifact(allowed, choice))
            )
        )
    return tuple(packages)


def only_hashes(release: Release, hashes: frozenset[str], choice: Choice) -> Release:
    """The release with only the files that have one of these hashes, or whole without any.

    Raises IntegrityError where that leaves no file: what is published is not what was locked.
    """
    if not hashes:
        return release
    files = [*release.wheels, *(file for file in (release.sdist, release.direct) if file)]
    files = list(map(hashed, files))
    kept = [file for file in files if file.sha256 in hashes]
    if files and not kept:
        raise IntegrityError(
            f"{release.name} {release.version}: no file that the index has is one that {choice.source} allows:"
            f" got {', '.join(f'{file.filename} (sha256 {file.sha256})' for file in files[:3])},"
            f" expected {', '.join(sorted(hashes)[:3])}"
        )
    if not files:
        raise UsageError(f"{choice.source}: no index has a file of {release.name} {release.version}")
    if release.direct is not None:
        return release
    wheels = tuple(file for file in release.wheels if hashed(file).sha256 in hashes)
    sdist = release.sdist if release.sdist and hashed(release.sdist).sha256 in hashes else None
    return replace(release, wheels=wheels, sdist=sdist)
