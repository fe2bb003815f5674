"""What is asked for: requirements in any form, and how packages are to be looked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

ALL: Final = ":all:"


def current_environment() -> Mapping[str, str]:
    """The environment variables of this process, frozen; the one place where resolving reads them."""
    return MappingProxyType(dict(os.environ))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """Where packages are looked for, in uv's words; what is not set here, uv takes from its own settings."""

    default_index: str | None = None
    index: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    index_strategy: str | None = None
    keyring_provider: str | None = None
    allow_insecure_host: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether any place is named."""
        return bool(self.default_index or self.index or self.find_links or self.no_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Requirements and options for one resolution.

    ``requirements`` are those of the command line (PEP 508, paths, URLs); ``files`` any kind of file that uv takes
    with ``-r``, and locks: uv.lock, poetry.lock, Pipfile.lock, pylock.toml. Relative paths start in ``folder``.
    ``groups`` are PEP 735 groups of the pyproject.toml among ``files`` (or of the one in ``folder``), or of a lock.
    ``no_binary``, ``only_binary`` and ``no_build_package`` hold names, the first two also ``:all:``.
    """

    requirements: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    constraints: tuple[Path, ...] = ()
    overrides: tuple[Path, ...] = ()
    extras: tuple[str, ...] = ()
    all_extras: bool = False
    groups: tuple[str, ...] = ()
    indexes: IndexOptions = field(default_factory=IndexOptions)
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    no_build: bool = False
    no_build_package: tuple[str, ...] = ()
    no_deps: bool = False
    prerelease: str | None = None
    resolution: str | None = None
    exclude_newer: str | None = None
    refresh: bool = False
    offline: bool = False
    folder: Path = field(default_factory=Path.cwd)
    environment: Mapping[str, str] = field(default_factory=current_environment)
