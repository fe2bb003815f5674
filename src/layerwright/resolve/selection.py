"""From a lock file's packages, each with many artifacts and markers, to one artifact each for one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from layerwright.errors import UsageError
from layerwright.resolve.lock import Artifact, ArtifactKind, LockedPackage
from layerwright.resolve.markers import environment_marker, marker_holds, python_fits
from layerwright.resolve.release import Release, field_of, read_release
from layerwright.resolve.tags import best_wheel
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What artifacts are chosen for, and where the file that offers them is.

    ``sources`` is whether a package without a fitting wheel may be taken as its source distribution.
    """

    target: Target
    glibc: tuple[int, int]
    extras: frozenset[str]
    groups: frozenset[str] | None
    base: Path
    source: str
    sources: bool = True


def select_packages(document: Mapping[str, object], choice: Choice) -> tuple[LockedPackage, ...]:
    """The packages that the target needs of a lock file, sorted by name, each with its best artifact."""
    _check_environment(document, choice)
    default_groups = cast("list[str]", document.get("default-groups", []))
    groups = frozenset(default_groups) if choice.groups is None else choice.groups
    chosen: dict[str, LockedPackage] = {}
    for index, table in enumerate(cast("list[dict[str, object]]", document.get("packages", []))):
        where = f"{choice.source}: packages[{index}]"
        marker = field_of(table, "marker", str, where)
        if marker is not None and not marker_holds(
            marker, choice.target, extras=choice.extras, groups=groups
        ):
            continue
        release = read_release(table, where=where, base=choice.base)
        requires = field_of(table, "requires-python", str, where)
        if requires is not None and not python_fits(requires, choice.target):
            raise UsageError(
                f"{choice.source}: {release.name} needs Python {requires}, {choice.target} has {choice.target.python_version}"
            )
        if release.name in chosen:
            raise UsageError(f"{choice.source}: {release.name} is there twice for {choice.target}")
        chosen[release.name] = LockedPackage(
            name=release.name, version=release.version, artifact=hashed(select_artifact(release, choice))
        )
    return tuple(chosen[name] for name in sorted(chosen))


def select_artifact(release: Release, choice: Choice) -> Artifact:
    """The artifact of a release for the target: the best wheel, else the source distribution."""
    if release.direct is not None:
        _check_direct(release, release.direct, choice)
        return release.direct
    by_name = {artifact.filename: artifact for artifact in release.wheels}
    best = best_wheel(by_name, choice.target, choice.glibc)
    if best is not None:
        return by_name[best]
    if release.sdist is not None and choice.sources:
        return release.sdist
    raise UsageError(
        f"{choice.source}: {release.name} {release.version or ''} has no wheel for {choice.target}"
        f" (glibc {choice.glibc[0]}.{choice.glibc[1]}); it has {', '.join(sorted(by_name)) or 'none at all'}",
        hint=f"lock again for {choice.target}",
    )


def hashed(artifact: Artifact) -> Artifact:
    """The artifact with the hash of its file, where that is on this machine and the lock gave none."""
    if artifact.sha256 is not None or artifact.kind not in {ArtifactKind.WHEEL, ArtifactKind.SDIST}:
        return artifact
    import hashlib

    try:
        with Path(artifact.location).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"can't read {artifact.location}: {error.strerror or error}") from error
    return replace(artifact, sha256=digest)


def _check_direct(release: Release, artifact: Artifact, choice: Choice) -> None:
    if (
        artifact.kind is ArtifactKind.WHEEL
        and best_wheel([artifact.filename], choice.target, choice.glibc) is None
    ):
        raise UsageError(
            f"{artifact.filename} does not fit {choice.target} (glibc {choice.glibc[0]}.{choice.glibc[1]})",
            hint=f"give a wheel of {release.name} that does, or the package's name to have one chosen",
        )


def _check_environment(document: Mapping[str, object], choice: Choice) -> None:
    requires = field_of(document, "requires-python", str, choice.source)
    if requires is not None and not python_fits(requires, choice.target):
        raise UsageError(
            f"{choice.source} is a lock for Python {requires}; {choice.target} has {choice.target.python_version}",
            hint=f"lock again for {choice.target}",
        )
    environments = field_of(document, "environments", list, choice.source)
    if not environments or environment_marker(choice.target) in environments:
        return  # ours are recognised without parsing
    if not any(marker_holds(str(marker), choice.target) for marker in environments):
        raise UsageError(
            f"{choice.source} is a lock for another environment than {choice.target}: {'; '.join(map(str, environments))}",
            hint=f"lock again for {choice.target}",
        )
