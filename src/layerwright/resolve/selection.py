"""From a lock file's packages, each with many artifacts and markers, to one artifact each for one target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar, cast

from layerwright.errors import UsageError
from layerwright.resolve.location import base_name, is_url, local_path, resolved_location, split_credentials
from layerwright.resolve.lock import Artifact, ArtifactKind, LockedPackage
from layerwright.resolve.markers import environment_marker, marker_holds, python_fits
from layerwright.resolve.name import normalised_name
from layerwright.resolve.tags import best_wheel
from layerwright.targets.target import Target

_T = TypeVar("_T")
_TYPE_NAMES: Final[Mapping[type, str]] = {
    dict: "a table",
    list: "an array",
    str: "a string",
    int: "an integer",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One package of a lock file with all its files; exactly one of ``direct`` and (``wheels``, ``sdist``) is there."""

    name: str
    version: str | None
    direct: Artifact | None
    wheels: tuple[Artifact, ...]
    sdist: Artifact | None


def read_document(content: bytes, *, name: str) -> dict[str, object]:
    """The TOML of a lock file; UsageError where it is none that PEP 751 knows."""
    import tomllib

    try:
        document: dict[str, object] = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{name} is not a TOML file: {error}") from error
    version = document.get("lock-version")
    if not isinstance(version, str) or not version.startswith("1."):
        got = "no lock-version" if version is None else f"lock-version {version!r}"
        raise UsageError(f"{name}: expected a pylock.toml with lock-version 1.0, got {got}")
    if not isinstance(document.get("packages", []), list):
        raise UsageError(f"{name}: packages: expected an array of tables")
    return document


def select_packages(document: Mapping[str, object], choice: Choice) -> tuple[LockedPackage, ...]:
    """The packages that the target needs of a lock file, sorted by name, each with its best artifact."""
    _check_environment(document, choice)
    default_groups = cast("list[str]", document.get("default-groups", []))
    groups = frozenset(default_groups) if choice.groups is None else choice.groups
    chosen: dict[str, LockedPackage] = {}
    for index, table in enumerate(cast("list[dict[str, object]]", document.get("packages", []))):
        where = f"{choice.source}: packages[{index}]"
        marker = _field(table, "marker", str, where)
        if marker is not None and not marker_holds(
            marker, choice.target, extras=choice.extras, groups=groups
        ):
            continue
        release = read_release(table, where=where, base=choice.base)
        requires = _field(table, "requires-python", str, where)
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


def read_releases(document: Mapping[str, object], *, base: Path, source: str) -> tuple[Release, ...]:
    """Every package of a lock file, whatever its marker says."""
    tables = cast("list[dict[str, object]]", document.get("packages", []))
    return tuple(
        read_release(table, where=f"{source}: packages[{index}]", base=base)
        for index, table in enumerate(tables)
    )


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


def read_release(table: Mapping[str, object], *, where: str, base: Path) -> Release:
    """A ``[[packages]]`` table; UsageError with the key path where it breaks PEP 751."""
    name = _field(table, "name", str, where)
    if name is None:
        raise UsageError(f"{where}.name: missing")
    sdist = _field(table, "sdist", dict, where)
    return Release(
        name=normalised_name(name),
        version=_field(table, "version", str, where),
        direct=_direct(table, name=name, where=where, base=base),
        wheels=tuple(
            _file(cast("dict[str, object]", wheel), ArtifactKind.WHEEL, f"{where}.wheels[{index}]", base)
            for index, wheel in enumerate(_field(table, "wheels", list, where) or [])
        ),
        sdist=None if sdist is None else _file(sdist, ArtifactKind.SDIST, f"{where}.sdist", base),
    )


def _direct(table: Mapping[str, object], *, name: str, where: str, base: Path) -> Artifact | None:
    archive = _field(table, "archive", dict, where)
    if archive is not None:
        where = f"{where}.archive"
        location = _location(archive, where, base)
        kind = ArtifactKind.WHEEL if base_name(location).endswith(".whl") else ArtifactKind.SDIST
        return _file(archive, kind, where, base)
    directory = _field(table, "directory", dict, where)
    if directory is not None:
        where = f"{where}.directory"
        location = _location(directory, where, base)
        subdirectory = _field(directory, "subdirectory", str, where)
        return Artifact(
            kind=ArtifactKind.DIRECTORY, filename=name, location=location, subdirectory=subdirectory
        )
    vcs = _field(table, "vcs", dict, where)
    return None if vcs is None else _repository(vcs, name, f"{where}.vcs", base)


def _repository(table: dict[str, object], name: str, where: str, base: Path) -> Artifact:
    kind = _field(table, "type", str, where) or "git"
    commit = _field(table, "commit-id", str, where)
    if commit is None:
        raise UsageError(f"{where}.commit-id: missing")
    url = _field(table, "url", str, where)
    location = url if url is not None else _location(table, where, base)
    if not is_url(location):
        from layerwright.resolve.location import file_url

        location = file_url(Path(location))
    return Artifact(
        kind=ArtifactKind.VCS,
        filename=name,
        location=f"{kind}+{location}@{commit}",
        subdirectory=_field(table, "subdirectory", str, where),
    )


def _file(table: dict[str, object], kind: ArtifactKind, where: str, base: Path) -> Artifact:
    location = _location(table, where, base)
    hashes = _field(table, "hashes", dict, where) or {}
    sha256 = hashes.get("sha256")
    if not isinstance(sha256, str) and local_path(location) is None:
        raise UsageError(f"{where}.hashes: expected a sha256, got {', '.join(sorted(hashes)) or 'none'}")
    return Artifact(
        kind=kind,
        filename=_field(table, "name", str, where) or base_name(location),
        location=location,
        sha256=sha256.lower() if isinstance(sha256, str) else None,
        size_bytes=_field(table, "size", int, where),
        subdirectory=_field(table, "subdirectory", str, where),
    )


def _location(table: dict[str, object], where: str, base: Path) -> str:
    url, path = _field(table, "url", str, where), _field(table, "path", str, where)
    if url is None and path is None:
        raise UsageError(f"{where}: has neither url nor path")
    return resolved_location(url=split_credentials(url)[0] if url else None, path=path, base=base)


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
    requires = _field(document, "requires-python", str, choice.source)
    if requires is not None and not python_fits(requires, choice.target):
        raise UsageError(
            f"{choice.source} is a lock for Python {requires}; {choice.target} has {choice.target.python_version}",
            hint=f"lock again for {choice.target}",
        )
    environments = _field(document, "environments", list, choice.source)
    if not environments or environment_marker(choice.target) in environments:
        return  # ours are recognised without parsing
    if not any(marker_holds(str(marker), choice.target) for marker in environments):
        raise UsageError(
            f"{choice.source} is a lock for another environment than {choice.target}: {'; '.join(map(str, environments))}",
            hint=f"lock again for {choice.target}",
        )


def _field(table: Mapping[str, object], key: str, kind: type[_T], where: str) -> _T | None:
    value = table.get(key)
    if value is None or isinstance(value, kind):
        return value
    raise UsageError(f"{where}.{key}: expected {_TYPE_NAMES.get(kind, kind.__name__)}, got {value!r}")
