"""What is known of a target, as values: libraries by how surely they are there, symbol ceilings, paths, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from layerwright.targets.target import Target


class Tier(StrEnum):
    """How surely a shared library is there, surest first."""

    SAFE = "safe"
    LIKELY = "likely"
    UNKNOWN = "unknown"
    REPORTED_ABSENT = "reported-absent"
    ABSENT = "absent"


class Confidence(StrEnum):
    """How a fact is known, surest first."""

    VERIFIED = "verified"
    REPORTED = "reported"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a runtime stands in its life on a given day."""

    PREVIEW = "preview"
    SUPPORTED = "supported"
    DEPRECATED = "deprecated"
    CREATE_BLOCKED = "create-blocked"
    UPDATE_BLOCKED = "update-blocked"


class Source(NamedTuple):
    """Where a fact was read, and how it is known; the short names in ``text`` are told in data/sources.toml."""

    how: Confidence
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A shared library of the runtime, found under ``soname``.

    ``exports`` holds the symbols that it defines: ``name`` where a reference without a version binds to it, and
    ``name@VERSION`` where it has one; ``versions`` its version definitions; ``needed`` the sonames that it needs.
    The first two are None where they are not known, as for every library that nobody could dump. ``path`` is where
    it stands in the root, None where it is absent.
    """

    soname: str
    tier: Tier
    path: str | None = None
    needed: tuple[str, ...] = ()
    exports: frozenset[str] | None = None
    versions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledPackage:
    """A distribution that the runtime brings; ``version`` is None where no dated report gives one."""

    name: str
    version: str | None
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The dates of a runtime, each None where AWS has set none; ``preview`` is when a preview of it began."""

    preview: date | None = None
    available: date | None = None
    deprecated: date | None = None
    create_blocked: date | None = None
    update_blocked: date | None = None

    def status(self, today: date) -> Status:
        """Where the runtime stands on ``today``."""
        for status, day in (
            (Status.UPDATE_BLOCKED, self.update_blocked),
            (Status.CREATE_BLOCKED, self.create_blocked),
            (Status.DEPRECATED, self.deprecated),
        ):
            if day is not None and today >= day:
                return status
        return Status.PREVIEW if self.available is None else Status.SUPPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFolders:
    """What of a layer's zip, unpacked into ``root``, is searched: paths relative to the zip, in order.

    ``python`` goes to sys.path, ``library`` to LD_LIBRARY_PATH, ``executable`` to PATH; ``extension`` holds
    Lambda extensions.
    """

    root: str
    python: tuple[str, ...]
    library: tuple[str, ...]
    executable: tuple[str, ...]
    extension: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """All that is known of one target.

    ``symbol_floor`` gives, per version prefix (``GLIBC``, ``GLIBCXX``, ``CXXABI``, ``GCC``, ``ZLIB``), the newest version
    that every instance is known to have; ``symbol_ceiling`` the newest that any is known to have. Above the floor
    is a warning, above the ceiling an error. ``library_path`` is the loader's LD_LIBRARY_PATH; ``system_library_path``
    the folders that it searches by itself (ld.so.cache and the default directories), both in order.
    ``loaded`` holds the sonames that the process has loaded before any import of a layer.
    ``python_exports`` holds the symbols that the interpreter gives to extension modules, None where not known.
    ``extension_suffixes`` are those that the interpreter imports, in its order.
    ``stdlib_modules`` are dotted names, private ones and submodules too.
    ``openssl`` is the version that the ssl module has at least, None where that is not known; ``versions`` tells
    those of the system's parts (``zlib``, ``sqlite``), for people: it may be a range.
    ``complete`` says that ``libraries`` is a full listing (an inventory): what is not in it is absent.
    ``sources`` maps a fact's key path to where it was read.
    """

    target: Target
    title: str
    system: str
    libraries: Mapping[str, Library]
    complete: bool
    symbol_floor: Mapping[str, str]
    symbol_ceiling: Mapping[str, str]
    library_path: tuple[str, ...]
    system_library_path: tuple[str, ...]
    loaded: frozenset[str]
    python_exports: frozenset[str] | None
    extension_suffixes: tuple[str, ...]
    stdlib_modules: frozenset[str]
    bundled: tuple[BundledPackage, ...]
    sys_path: tuple[str, ...]
    layer: LayerFolders
    environment: Mapping[str, str]
    interpreter: str
    lifecycle: Lifecycle | None
    snapstart: bool
    openssl: str | None
    versions: Mapping[str, str]
    sources: Mapping[str, Source]

    @property
    def glibc(self) -> tuple[int, int]:
        """The C library's version."""
        return self.target.glibc

    def tier(self, soname: str) -> Tier:
        """How surely ``soname`` is there; one that nothing is known of is UNKNOWN, or ABSENT in a full listing."""
        library = self.libraries.get(soname)
        if library is not None:
            return library.tier
        return Tier.ABSENT if self.complete else Tier.UNKNOWN
