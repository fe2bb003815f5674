"""Pipfile.lock, Pipenv's lock (https://pipenv.pypa.io/en/latest/pipfile.html), read for one target."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.resolve.location import base_name, file_url, is_url, resolved_location, split_credentials
from layerwright.resolve.lock import Artifact, ArtifactKind
from layerwright.resolve.markers import marker_environment, marker_holds
from layerwright.resolve.name import normalised_name
from layerwright.resolve.pins import Pinned
from layerwright.resolve.selection import Choice

_VARIABLE: Final = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_DEVELOP: Final = {"dev": "develop"}


def read_pipfile_lock(path: Path, choice: Choice, environment: Mapping[str, str]) -> tuple[Pinned, ...]:
    """The packages of a Pipfile.lock's default category, and of the groups chosen, that the target needs.

    Variables in the addresses of its sources are taken from ``environment``, as Pipenv does.
    """
    document = _read(path)
    meta = document.get("_meta") or {}
    _check_python(meta, path, choice)
    sources = {
        source.get("name"): _VARIABLE.sub(
            lambda match: environment.get(match[1] or match[2], match[0]), source["url"]
        )
        for source in meta.get("sources") or []
        if isinstance(source.get("url"), str)
    }
    pins: dict[str, Pinned] = {}
    for category in ("default", *(_DEVELOP.get(group, group) for group in sorted(choice.groups or ()))):
        if not isinstance(document.get(category), dict):
            there = ", ".join(key for key in document if key != "_meta")
            raise UsageError(f"{path} has no category {category!r}; it has {there}")
        for name, entry in document[category].items():
            where = f"{path}: {category}.{name}"
            if not isinstance(entry, dict):
                raise UsageError(f"{where}: expected an object, got {entry!r}")
            if _needed(entry, choice):
                pins.setdefault(
                    normalised_name(name), _pinned(name, entry, sources, where=where, base=path.parent)
                )
    return tuple(pins.values())


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("default"), dict):
        raise UsageError(f"{path} is not a Pipfile.lock: it has no packages under 'default'")
    return document


def _check_python(meta: Mapping[str, Any], path: Path, choice: Choice) -> None:
    requires = meta.get("requires") or {}
    version = str(requires.get("python_version") or requires.get("python_full_version") or "")
    if version and version.split(".")[:2] != choice.target.python_version.split("."):
        raise UsageError(
            f"{path} is a lock for Python {version}; {choice.target} has {choice.target.python_version}",
            hint=f"lock again for Python {choice.target.python_version}",
        )


def _needed(entry: Mapping[str, Any], choice: Choice) -> bool:
    """Whether an entry's markers hold; Pipenv also writes them as keys, as in ``"sys_platform": "== 'win32'"``."""
    markers = [entry["markers"]] if entry.get("markers") else []
    markers += [f"{key} {entry[key]}" for key in marker_environment(choice.target) if entry.get(key)]
    return all(marker_holds(marker, choice.target, extras=choice.extras) for marker in markers)


def _pinned(
    name: str, entry: Mapping[str, Any], sources: Mapping[Any, str], *, where: str, base: Path
) -> Pinned:
    hashes = frozenset(
        text.removeprefix("sha256:").lower()
        for text in entry.get("hashes") or []
        if text.startswith("sha256:")
    )
    version = entry.get("version")
    direct = _direct(name, entry, hashes, base=base)
    if direct is None and not (isinstance(version, str) and version.startswith("==")):
        raise UsageError(f"{where}.version: expected '==' and a version, got {version!r}")
    return Pinned(
        name=normalised_name(name),
        version=version.removeprefix("==").strip() if isinstance(version, str) else None,
        hashes=hashes,
        direct=direct,
        index=sources.get(entry.get("index")),
    )


def _direct(name: str, entry: Mapping[str, Any], hashes: frozenset[str], *, base: Path) -> Artifact | None:
    subdirectory = entry.get("subdirectory")
    if entry.get("git"):
        address = entry["git"] if is_url(entry["git"]) else file_url(base / entry["git"])
        location = f"git+{split_credentials(address)[0]}@{entry.get('ref') or 'HEAD'}"
        return Artifact(kind=ArtifactKind.VCS, filename=name, location=location, subdirectory=subdirectory)
    place = entry.get("path") or entry.get("file")
    if not place:
        return None
    location = resolved_location(url=split_credentials(place)[0], path=None, base=base)
    filename = base_name(location)
    if not is_url(location) and Path(location).is_dir():
        return Artifact(
            kind=ArtifactKind.DIRECTORY, filename=name, location=location, subdirectory=subdirectory
        )
    kind = ArtifactKind.WHEEL if filename.endswith(".whl") else ArtifactKind.SDIST
    sha256 = next(iter(hashes)) if len(hashes) == 1 else None
    return Artifact(kind=kind, filename=filename, location=location, sha256=sha256, subdirectory=subdirectory)
