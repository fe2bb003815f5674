"""The packages of a lock file with all their files, as PEP 751 has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from layerwright.errors import UsageError
from layerwright.resolve.location import (
    base_name,
    file_url,
    is_url,
    local_path,
    resolved_location,
    split_credentials,
)
from layerwright.resolve.lock import Artifact, ArtifactKind
from layerwright.resolve.name import normalised_name

_T = TypeVar("_T")
_TYPE_NAMES: Final[Mapping[type, str]] = {
    dict: "a table",
    list: "an array",
    str: "a string",
    int: "an integer",
}


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


def read_releases(document: Mapping[str, object], *, base: Path, source: str) -> tuple[Release, ...]:
    """Every package of a lock file, whatever its marker says."""
    tables = cast("list[dict[str, object]]", document.get("packages", []))
    return tuple(
        read_release(table, where=f"{source}: packages[{index}]", base=base)
        for index, table in enumerate(tables)
    )


def read_release(table: Mapping[str, object], *, where: str, base: Path) -> Release:
    """A ``[[packages]]`` table; UsageError with the key path where it breaks PEP 751."""
    name = field_of(table, "name", str, where)
    if name is None:
        raise UsageError(f"{where}.name: missing")
    sdist = field_of(table, "sdist", dict, where)
    return Release(
        name=normalised_name(name),
        version=field_of(table, "version", str, where),
        direct=_direct(table, name=name, where=where, base=base),
        wheels=tuple(
            _file(cast("dict[str, object]", wheel), ArtifactKind.WHEEL, f"{where}.wheels[{index}]", base)
            for index, wheel in enumerate(field_of(table, "wheels", list, where) or [])
        ),
        sdist=None if sdist is None else _file(sdist, ArtifactKind.SDIST, f"{where}.sdist", base),
    )


def _direct(table: Mapping[str, object], *, name: str, where: str, base: Path) -> Artifact | None:
    archive = field_of(table, "archive", dict, where)
    if archive is not None:
        where = f"{where}.archive"
        location = _location(archive, where, base)
        kind = ArtifactKind.WHEEL if base_name(location).endswith(".whl") else ArtifactKind.SDIST
        return _file(archive, kind, where, base)
    directory = field_of(table, "directory", dict, where)
    if directory is not None:
        where = f"{where}.directory"
        location = _location(directory, where, base)
        subdirectory = field_of(directory, "subdirectory", str, where)
        return Artifact(
            kind=ArtifactKind.DIRECTORY, filename=name, location=location, subdirectory=subdirectory
        )
    vcs = field_of(table, "vcs", dict, where)
    return None if vcs is None else _repository(vcs, name, f"{where}.vcs", base)


def _repository(table: dict[str, object], name: str, where: str, base: Path) -> Artifact:
    kind = field_of(table, "type", str, where) or "git"
    commit = field_of(table, "commit-id", str, where)
    if commit is None:
        raise UsageError(f"{where}.commit-id: missing")
    url = field_of(table, "url", str, where)
    location = url if url is not None else _location(table, where, base)
    if not is_url(location):
        location = file_url(Path(location))
    return Artifact(
        kind=ArtifactKind.VCS,
        filename=name,
        location=f"{kind}+{location}@{commit}",
        subdirectory=field_of(table, "subdirectory", str, where),
    )


def _file(table: dict[str, object], kind: ArtifactKind, where: str, base: Path) -> Artifact:
    location = _location(table, where, base)
    hashes = field_of(table, "hashes", dict, where) or {}
    sha256 = hashes.get("sha256")
    if not isinstance(sha256, str) and local_path(location) is None:
        raise UsageError(f"{where}.hashes: expected a sha256, got {', '.join(sorted(hashes)) or 'none'}")
    return Artifact(
        kind=kind,
        filename=field_of(table, "name", str, where) or base_name(location),
        location=location,
        sha256=sha256.lower() if isinstance(sha256, str) else None,
        size_bytes=field_of(table, "size", int, where),
        subdirectory=field_of(table, "subdirectory", str, where),
    )


def _location(table: dict[str, object], where: str, base: Path) -> str:
    url, path = field_of(table, "url", str, where), field_of(table, "path", str, where)
    if url is None and path is None:
        raise UsageError(f"{where}: has neither url nor path")
    return resolved_location(url=split_credentials(url)[0] if url else None, path=path, base=base)


def field_of(table: Mapping[str, object], key: str, kind: type[_T], where: str) -> _T | None:
    """A table's value, None where there is none; UsageError with its key path where it is of another kind."""
    value = table.get(key)
    if value is None or isinstance(value, kind):
        return value
    raise UsageError(f"{where}.{key}: expected {_TYPE_NAMES.get(kind, kind.__name__)}, got {value!r}")
