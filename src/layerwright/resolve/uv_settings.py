"""uv's own settings, as far as we must know them: what its files and environment say of indexes.

uv reads them by itself when it runs; they are read here to know whether pip's settings have to stand in, and to
have the credentials and hosts for downloads. https://docs.astral.sh/uv/concepts/configuration-files/
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.resolve.location import Credentials, is_url, split_credentials

_TRUE: Final = frozenset({"1", "true", "yes", "on", "y", "t"})
_SINGLE: Final = ("index-url",)
_MANY: Final = ("extra-index-url", "find-links")


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index or a place of ``find-links``: its URL without credentials, and what uv knows of these."""

    url: str
    name: str | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UvSettings:
    """What uv's files and environment say; ``places`` are all indexes and find-links, nearest setting first."""

    places: tuple[Index, ...]
    no_index: bool
    index_strategy: bool
    keyring: bool
    insecure_hosts: tuple[str, ...]
    no_build: bool
    no_build_package: tuple[str, ...]

    @property
    def named(self) -> bool:
        """Whether uv is told where to look."""
        return bool(self.places) or self.no_index


def read_uv_settings(environment: Mapping[str, str], folder: Path) -> UvSettings:
    """What uv is told for a run in ``folder``; UsageError where one of its files is no TOML."""
    tables = [_environment_table(environment), *_tables(environment, folder)]
    return UvSettings(
        places=tuple(_with_secret(place, environment) for table in tables for place in _places(table)),
        no_index=any(table.get("no-index") is True for table in tables),
        index_strategy=any("index-strategy" in table for table in tables),
        keyring=next((table["keyring-provider"] for table in tables if "keyring-provider" in table), "")
        == "subprocess",
        insecure_hosts=tuple(host for table in tables for host in _texts(table.get("allow-insecure-host"))),
        no_build=any(table.get("no-build") is True for table in tables),
        no_build_package=tuple(name for table in tables for name in _texts(table.get("no-build-package"))),
    )


def is_true(value: str | None) -> bool:
    """Whether an environment variable says yes."""
    return value is not None and value.strip().lower() in _TRUE


def user_folder(environment: Mapping[str, str]) -> Path | None:
    """The home of the user whose environment this is."""
    home = environment.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return Path(home) if home else None


def _environment_table(environment: Mapping[str, str]) -> dict[str, object]:
    """The variables in the form of a configuration file."""
    found = {
        "index-url": environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL"),
        "extra-index-url": [
            *environment.get("UV_INDEX", "").split(),
            *environment.get("UV_EXTRA_INDEX_URL", "").split(),
        ],
        "find-links": [place for place in environment.get("UV_FIND_LINKS", "").split(",") if place],
        "index-strategy": environment.get("UV_INDEX_STRATEGY"),
        "keyring-provider": environment.get("UV_KEYRING_PROVIDER"),
        "allow-insecure-host": environment.get("UV_INSECURE_HOST", "").split(),
        "no-build": is_true(environment.get("UV_NO_BUILD")) or None,
        "no-build-package": environment.get("UV_NO_BUILD_PACKAGE", "").split(),
        "no-index": is_true(environment.get("UV_NO_INDEX")) or None,
    }
    return {key: value for key, value in found.items() if value}


def _tables(environment: Mapping[str, str], folder: Path) -> Iterator[dict[str, object]]:
    """uv's configuration, the nearest first; its ``pip`` table stands before the rest of its file."""
    for table in _files(environment, folder):
        nested = table.get("pip")
        if isinstance(nested, dict):
            yield nested
        yield table


def _files(environment: Mapping[str, str], folder: Path) -> Iterator[dict[str, object]]:
    if environment.get("UV_CONFIG_FILE"):
        yield _toml(Path(environment["UV_CONFIG_FILE"]))
        return
    if is_true(environment.get("UV_NO_CONFIG")):
        return
    project = _project(folder)
    if project is not None:
        yield project
    for path in _shared(environment):
        if path.is_file():
            yield _toml(path)


def _project(folder: Path) -> dict[str, object] | None:
    """The configuration of the nearest folder that has one: a uv.toml, else a pyproject.toml with [tool.uv]."""
    for parent in (folder, *folder.parents):
        if (parent / "uv.toml").is_file():
            return _toml(parent / "uv.toml")
        if (parent / "pyproject.toml").is_file():
            tool = _toml(parent / "pyproject.toml").get("tool")
            table = tool.get("uv") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                return table
    return None


def _shared(environment: Mapping[str, str]) -> Iterator[Path]:
    """The user's file and the system's."""
    home = user_folder(environment)
    if sys.platform == "win32":
        roots = [environment.get("APPDATA"), environment.get("PROGRAMDATA")]
        yield from (Path(root) / "uv" / "uv.toml" for root in roots if root)
        return
    if environment.get("XDG_CONFIG_HOME"):
        yield Path(environment["XDG_CONFIG_HOME"]) / "uv" / "uv.toml"
    elif home is not None:
        yield home / ".config" / "uv" / "uv.toml"
    for root in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        yield Path(root) / "uv" / "uv.toml"
    yield Path("/etc/uv/uv.toml")


def _toml(path: Path) -> dict[str, object]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error


def _places(table: Mapping[str, object]) -> Iterator[Index]:
    entries = table.get("index")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            yield _index(entry["url"], name=entry.get("name"))
    for key in (*_SINGLE, *_MANY):
        for text in _texts(table.get(key)):
            name, equals, url = text.partition("=")
            yield _index(url, name=name) if equals and not is_url(name) and "/" not in name else _index(text)


def _index(url: str, *, name: str | None = None) -> Index:
    clean, credentials = split_credentials(url) if is_url(url) else (url, None)
    return Index(url=clean, name=name, credentials=credentials)


def _with_secret(index: Index, environment: Mapping[str, str]) -> Index:
    """The index with the credentials that the environment has for its name."""
    if index.name is None:
        return index
    variable = "UV_INDEX_" + "".join(letter if letter.isalnum() else "_" for letter in index.name.upper())
    username, password = environment.get(f"{variable}_USERNAME"), environment.get(f"{variable}_PASSWORD")
    if username is None and password is None:
        return index
    return Index(
        url=index.url, name=index.name, credentials=Credentials(index.url, username or "", password or "")
    )


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
