"""A lock's artifacts → wheels in the store, each read as soon as it is there while others are still on their way."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.errors import IntegrityError, OfflineError, UsageError
from layerwright.progress import Progress, Silent
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.wheels.facts import FactReader
from layerwright.wheels.kept import keep_wheel, kept_wheel
from layerwright.wheels.store import Store, is_sha256
from layerwright.wheels.wheel import Wheel
from layerwright.wheels.wheel_name import same_name

if TYPE_CHECKING:
    from layerwright.wheels.build import BuildOptions
    from layerwright.wheels.transport import Access

STEP: Final = "fetch"


def fetch(
    lock: Lock,
    store: Store,
    *,
    offline: bool = False,
    access: Access | None = None,
    reader: FactReader | None = None,
    build: BuildOptions | None = None,
    progress: Progress | None = None,
) -> tuple[Wheel, ...]:
    """Return the wheels of a lock, in its order; what is not in the store is fetched or built, read, and kept.

    ``reader`` looks into the binaries of each wheel that is read for the first time. Where all is kept, neither threads nor
    connections are made. With ``offline`` no socket is ever opened, and nothing is built.
    Raises OfflineError naming all that is missing, NetworkError, IntegrityError (a hash, a damaged wheel, a wheel of
    another package), BuildError, and UsageError where the store can't be written or a hash of the lock is none.
    """
    wheels: dict[int, Wheel] = {}
    missing: dict[int, LockedPackage] = {}
    for index, package in enumerate(lock.packages):
        _check_hash(package.artifact)
        wheel = _kept(package, lock, store, build)
        if wheel:
            wheels[index] = wheel
        else:
            missing[index] = package
    if missing:
        if offline:
            _require_local(missing, store)
        sources = _bring(missing, wheels, store, access=access, reader=reader, progress=progress or Silent())
        if len(wheels) < len(lock.packages):
            from layerwright.wheels.build import BuildOptions, build_wheel

            for index, package in missing.items():
                if package.artifact.kind is not ArtifactKind.WHEEL:
                    built = build_wheel(
                        package, lock.target, store, sources.get(index), build or BuildOptions()
                    )
                    wheels[index] = _read(built.path, built.filename, built.sha256, store, reader)
    for index, package in enumerate(lock.packages):
        _check_name(package, wheels[index])
    return tuple(wheels[index] for index in range(len(lock.packages)))


def _check_hash(artifact: Artifact) -> None:
    if artifact.sha256 is not None and not is_sha256(artifact.sha256):
        raise UsageError(
            f"{artifact.filename}: the lock gives {artifact.sha256!r} for its sha256, expected 64 small hex digits",
            hint="lock again",
        )


def _kept(package: LockedPackage, lock: Lock, store: Store, build: BuildOptions | None) -> Wheel | None:
    """The package's wheel where nothing is left to do for it."""
    artifact = package.artifact
    if artifact.kind is ArtifactKind.WHEEL:
        return kept_wheel(store, artifact.sha256, filename=artifact.filename) if artifact.sha256 else None
    from layerwright.wheels.build import BuildOptions, built_wheel

    built = built_wheel(package, lock.target, store, build or BuildOptions())
    return kept_wheel(store, built.sha256, filename=built.filename) if built else None


def _require_local(missing: Mapping[int, LockedPackage], store: Store) -> None:
    """Refuse where a file would have to come from the network, or a build would fetch what it needs."""
    from layerwright.wheels.arrivals import is_remote

    lacking = [
        package.artifact.filename
        for package in missing.values()
        if package.artifact.kind is not ArtifactKind.WHEEL
        or (
            is_remote(package.artifact)
            and not (package.artifact.sha256 and store.has(package.artifact.sha256))
        )
    ]
    if lacking:
        count = f"{len(lacking)} file{'s' if len(lacking) > 1 else ''}"
        raise OfflineError(
            f"offline, and the store at {store.root} lacks {count}: {', '.join(sorted(lacking))}",
            hint="run once without --offline; what comes is kept",
        )


def _bring(
    missing: Mapping[int, LockedPackage],
    wheels: dict[int, Wheel],
    store: Store,
    *,
    access: Access | None,
    reader: FactReader | None,
    progress: Progress,
) -> dict[int, Path]:
    """Add to ``wheels`` each wheel that is missing, as it comes, and return where the source distributions are."""
    from layerwright.wheels.arrivals import arrivals

    kinds = (ArtifactKind.WHEEL, ArtifactKind.SDIST)
    files = {index: package.artifact for index, package in missing.items() if package.artifact.kind in kinds}
    sources: dict[int, Path] = {}
    progress.begin(STEP, _total_bytes(files))
    try:
        with closing(
            arrivals(files, store, access=access, advance=lambda size: progress.advance(STEP, size))
        ) as coming:
            for index, sha256, path in coming:
                if files[index].kind is ArtifactKind.WHEEL:
                    wheels[index] = _read(path, files[index].filename, sha256, store, reader)
                else:
                    sources[index] = path
    finally:
        progress.end(STEP)
    return sources


def _total_bytes(files: Mapping[int, Artifact]) -> int | None:
    sizes = [artifact.size_bytes for artifact in files.values()]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _read(path: Path, filename: str, sha256: str, store: Store, reader: FactReader | None) -> Wheel:
    """Read a wheel that is in the store, and keep what was read."""
    from layerwright.wheels.read import read_wheel

    with store.refusals():  # such as that somebody cleans it at this moment
        read = read_wheel(path, filename=filename, sha256=sha256, reader=reader)
    keep_wheel(store, read, reader)
    return read.wheel


def _check_name(package: LockedPackage, wheel: Wheel) -> None:
    if not same_name(package.name, wheel.name):
        raise IntegrityError(
            f"{wheel.filename}: it holds the package {wheel.name}, and the lock has it as {package.name}",
            hint="lock again",
        )
