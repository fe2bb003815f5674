"""poetry.lock, read for one target (https://python-poetry.org/docs/).

Since Poetry 2 a lock says of each package which groups need it, under which marker. Older ones do not: then the
requirements of the pyproject.toml beside it are followed through the lock, each step's marker judged for the target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.resolve.location import base_name, file_url, is_url, resolved_location, split_credentials
from layerwright.resolve.lock import Artifact, ArtifactKind
from layerwright.resolve.markers import marker_holds
from layerwright.resolve.name import normalised_name
from layerwright.resolve.pins import Pinned
from layerwright.resolve.poetry_requirement import Edge, edges, project_edges, python_takes, takes
from layerwright.resolve.selection import Choice

_MAIN: Final = "main"
_INDEXED: Final = frozenset({"legacy"})


def read_poetry_lock(path: Path, choice: Choice) -> tuple[Pinned, ...]:
    """The packages of a poetry.lock that the main group, the groups chosen and the extras need for the target."""
    document = _read(path)
    python = (document.get("metadata") or {}).get("python-versions")
    if isinstance(python, str) and not python_takes(python, choice.target):
        raise UsageError(
            f"{path} is a lock for Python {python}; {choice.target} has {choice.target.python_version}",
            hint=f"lock again for Python {choice.target.python_version}",
        )
    packages = document.get("package") or []
    extras = _chosen_extras(document, choice, path)
    if any("groups" in package for package in packages):
        needed = [package for package in packages if _grouped(package, choice)]
    else:
        needed = _followed(packages, path.with_name("pyproject.toml"), choice, extras)
    pins = [_pinned(package, path) for package in needed]
    twice = {pin.name for pin in pins if sum(other.name == pin.name for other in pins) > 1}
    if twice:
        raise UsageError(f"{path}: {', '.join(sorted(twice))}: several versions for {choice.target}")
    return tuple(pins)


def _read(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    if not isinstance(document.get("metadata"), dict):
        raise UsageError(f"{path} is not a poetry.lock: it has no [metadata]")
    return document


def _chosen_extras(document: Mapping[str, Any], choice: Choice, path: Path) -> frozenset[str]:
    """The packages that the chosen extras bring."""
    extras = {normalised_name(name): members for name, members in (document.get("extras") or {}).items()}
    missing = [extra for extra in sorted(choice.extras) if normalised_name(extra) not in extras]
    if missing:
        raise UsageError(f"{path} has no extra {missing[0]!r}; it has {', '.join(sorted(extras)) or 'none'}")
    return frozenset(
        normalised_name(member) for extra in choice.extras for member in extras[normalised_name(extra)]
    )


def _grouped(package: Mapping[str, Any], choice: Choice) -> bool:
    """Whether a package of a Poetry 2 lock is needed: by one of the groups, under that group's marker."""
    groups = [group for group in package.get("groups") or [] if group in {_MAIN, *(choice.groups or ())}]
    markers = package.get("markers")
    if isinstance(markers, dict):
        return any(_holds(markers.get(group), choice) for group in groups)
    return bool(groups) and _holds(markers, choice)


def _holds(marker: str | None, choice: Choice) -> bool:
    return not marker or marker_holds(marker, choice.target, extras=choice.extras)


def _followed(
    packages: list[dict[str, Any]], project: Path, choice: Choice, extras: frozenset[str]
) -> list[dict[str, Any]]:
    """The packages of an older lock that the project's requirements lead to, or all that are not optional."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(normalised_name(package["name"]), []).append(package)
    if not project.is_file():
        main = [package for package in packages if package.get("category", _MAIN) == _MAIN]
        kept = [
            package
            for package in main
            if not package.get("optional") or normalised_name(package["name"]) in extras
        ]
        return [
            package for package in kept if python_takes(package.get("python-versions") or "*", choice.target)
        ]
    waiting = [
        edge
        for edge in project_edges(project, choice.groups or frozenset())
        if not edge.optional or edge.name in extras
    ]
    seen: set[tuple[str, frozenset[str]]] = set()
    needed: dict[tuple[str, str], dict[str, Any]] = {}
    while waiting:
        edge = waiting.pop()
        if (edge.name, edge.extras) in seen or not _holds(edge.marker, choice):
            continue
        found = _candidates(edge, by_name.get(edge.name, []), choice)
        if not found:
            raise UsageError(
                f"{project.with_name('poetry.lock')} has no {edge.name} {edge.constraint} for {choice.target}"
            )
        seen.add((edge.name, edge.extras))
        package = found[0]
        needed[edge.name, package["version"]] = package
        waiting += [step for step in edges(package.get("dependencies") or {}) if _taken(step, edge, package)]
    return list(needed.values())


def _candidates(edge: Edge, packages: Iterable[dict[str, Any]], choice: Choice) -> list[dict[str, Any]]:
    every = list(packages)
    if len(every) > 1:
        every = [
            package
            for package in every
            if takes(edge.constraint, package["version"])
            and python_takes(package.get("python-versions") or "*", choice.target)
        ]
    return every


def _taken(step: Edge, edge: Edge, package: Mapping[str, Any]) -> bool:
    """Whether an optional requirement of a package is among those of the extras asked of it."""
    if not step.optional:
        return True
    extras = {normalised_name(name): members for name, members in (package.get("extras") or {}).items()}
    members = [member for extra in edge.extras for member in extras.get(extra, [])]
    return any(normalised_name(member.split(" ")[0].split("[")[0]) == step.name for member in members)


def _pinned(package: Mapping[str, Any], path: Path) -> Pinned:
    files = package.get("files") or []
    hashes = frozenset(
        file["hash"].removeprefix("sha256:").lower()
        for file in files
        if file.get("hash", "").startswith("sha256:")
    )
    source = package.get("source") or {}
    indexed = not source or source.get("type") in _INDEXED
    return Pinned(
        name=normalised_name(package["name"]),
        version=package["version"],
        hashes=hashes,
        direct=None if indexed else _direct(package["name"], source, hashes, base=path.parent),
        index=source.get("url") if source.get("type") in _INDEXED else None,
    )


def _direct(name: str, source: Mapping[str, Any], hashes: frozenset[str], *, base: Path) -> Artifact:
    subdirectory = source.get("subdirectory")
    url = split_credentials(source["url"])[0] if is_url(source["url"]) else source["url"]
    if source.get("type") == "git":
        address = url if is_url(url) or "@" in url else file_url((base / url).absolute())
        commit = source.get("resolved_reference") or source.get("reference")
        return Artifact(
            kind=ArtifactKind.VCS,
            filename=name,
            location=f"git+{address}@{commit}",
            subdirectory=subdirectory,
        )
    location = resolved_location(url=url, path=None, base=base)
    if source.get("type") == "directory":
        return Artifact(
            kind=ArtifactKind.DIRECTORY, filename=name, location=location, subdirectory=subdirectory
        )
    filename = base_name(location)
    kind = ArtifactKind.WHEEL if filename.endswith(".whl") else ArtifactKind.SDIST
    sha256 = next(iter(hashes)) if len(hashes) == 1 else None
    return Artifact(kind=kind, filename=filename, location=location, sha256=sha256, subdirectory=subdirectory)
