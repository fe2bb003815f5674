"""pip's settings, from its files and environment, translated into uv's words where uv has none of its own.

https://pip.pypa.io/en/stable/topics/configuration/
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.resolve.uv_settings import is_true, user_folder

# Later sections and files win; a variable wins over all files.
_SECTIONS: Final = ("global", "install")
_KEYS: Final = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "trusted-host", "proxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipSettings:
    """What pip is told of indexes."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    cert: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxy: str | None = None


def read_pip_settings(environment: Mapping[str, str], *, prefix: Path) -> PipSettings:
    """What pip is told; ``prefix`` is the Python environment whose own configuration counts as well.

    Raises UsageError where one of its files can't be parsed.
    """
    values: dict[str, str] = {}
    for path in _files(environment, prefix):
        if path.is_file():
            values.update(_file_values(path))
    for key in _KEYS:
        variable = environment.get("PIP_" + key.upper().replace("-", "_"))
        if variable:
            values[key] = variable
    return PipSettings(
        index_url=values.get("index-url", "").strip() or None,
        extra_index_urls=tuple(values.get("extra-index-url", "").split()),
        find_links=tuple(values.get("find-links", "").split()),
        no_index=is_true(values.get("no-index")),
        cert=values.get("cert", "").strip() or None,
        trusted_hosts=tuple(values.get("trusted-host", "").split()),
        proxy=values.get("proxy", "").strip() or None,
    )


def index_words(pip: PipSettings, *, own_index: bool, own_strategy: bool) -> tuple[str, ...]:
    """uv's options for where pip looks.

    ``own_index`` says that a requirements file names the index, ``own_strategy`` that uv is told how to weigh several.
    pip takes the best version of all indexes, uv by default those of the first that has the package: a user of pip's
    settings expects the first.
    """
    words = ["--default-index", pip.index_url] if pip.index_url and not own_index else []
    for url in pip.extra_index_urls:
        words += ["--index", url]
    if pip.extra_index_urls and not own_strategy:
        words += ["--index-strategy", "unsafe-best-match"]
    for place in pip.find_links:
        words += ["--find-links", place]
    return (*words, "--no-index") if pip.no_index else tuple(words)


def host_words(pip: PipSettings) -> tuple[str, ...]:
    """uv's options for the hosts that pip trusts without a valid certificate."""
    return tuple(word for host in pip.trusted_hosts for word in ("--allow-insecure-host", host))


def _files(environment: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    """pip's configuration files, the weakest first."""
    extra = environment.get("PIP_CONFIG_FILE")
    if extra == os.devnull:
        return
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    yield from _system(environment, name)
    if not (extra and Path(extra).exists()):
        yield from _user(environment, name)
    yield prefix / name
    if extra:
        yield Path(extra)


def _system(environment: Mapping[str, str], name: str) -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(environment.get("PROGRAMDATA", r"C:\ProgramData")) / "pip" / name
        return
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip") / name
    else:
        for root in reversed(environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)):
            yield Path(root) / "pip" / name
    yield Path("/etc") / name


def _user(environment: Mapping[str, str], name: str) -> Iterator[Path]:
    home = user_folder(environment)
    if home is not None:
        yield home / ("pip" if sys.platform == "win32" else ".pip") / name
    if sys.platform == "win32":
        if environment.get("APPDATA"):
            yield Path(environment["APPDATA"]) / "pip" / name
        return
    support = home / "Library" / "Application Support" / "pip" if home and sys.platform == "darwin" else None
    if support is not None and support.is_dir():
        yield support / name
    elif environment.get("XDG_CONFIG_HOME"):
        yield Path(environment["XDG_CONFIG_HOME"]) / "pip" / name
    elif home is not None:
        yield home / ".config" / "pip" / name


def _file_values(path: Path) -> dict[str, str]:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror or error}") from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a configuration of pip: {error}") from error
    values: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            values.update({key.replace("_", "-"): value for key, value in parser.items(section) if value})
    return {key: value for key, value in values.items() if key in _KEYS}
