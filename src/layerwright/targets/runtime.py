"""What is known of a target, as values: libraries by how surely they are there, symbol ceilings, paths, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from layerwright.targets.target import Target


class Tier(StrEnum):
    """How surely a shared library is there, surest first."""

    SAFE = "safe"
    LIKELY = "likely"
    UNKNOWN = "unknown"
    REPORTED_ABSENT = "reported-absent"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A shared library of the runtime, found under ``soname``.

    ``exports`` holds the symbols that it defines, as ``name`` and, where versioned, also ``name@VERSION``; ``versions``
    its version definitions; ``needed`` the sonames that it needs. Each is None where it is not known, as for every
    library that nobody could dump. ``path`` is where it stands in the root, for an inventory.
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
    """The dates of a runtime, each None where AWS has set none."""

    status: str
    available: date | None
    deprecated: date | None
    create_blocked: date | None
    update_blocked: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """All that is known of one target.

    ``symbol_floor`` gives, per version prefix (``GLIBC``, ``GLIBCXX``, ``CXXABI``, ``GCC``, ``ZLIB``), the newest version
    that every instance is known to have; ``symbol_ceiling`` the newest that any is known to have. Above the floor
    is a warning, above the ceiling an error. ``library_path`` is the loader's LD_LIBRARY_PATH; ``system_library_path``
    the folders that it searches by itself (ld.so.cache and the default directories), both in order.
    ``loaded`` holds the sonames that the interpreter has loaded before any import.
    ``python_exports`` holds the symbols that the interpreter gives to extension modules, None where not known.
    ``complete`` says that ``libraries`` is a full listing (an inventory): what is not in it is absent.
    ``sources`` maps a fact's key path to where it was read.
    """

    target: Target
    title: str
    system: str
    glibc: tuple[int, int]
    libraries: Mapping[str, Library]
    complete: bool
    symbol_floor: Mapping[str, str]
    symbol_ceiling: Mapping[str, str]
    library_path: tuple[str, ...]
    system_library_path: tuple[str, ...]
    loaded: frozenset[str]
    python_exports: frozenset[str] | None
    stdlib_modules: frozenset[str]
    bundled: tuple[BundledPackage, ...]
    sys_path: tuple[str, ...]
    environment: Mapping[str, str]
    interpreter: str
    lifecycle: Lifecycle | None
    sources: Mapping[str, str]

    def tier(self, soname: str) -> Tier:
        """How surely ``soname`` is there; one that nothing is known of is UNKNOWN, or ABSENT in a full listing."""
        library = self.libraries.get(soname)
        if library is not None:
            return library.tier
        return Tier.ABSENT if self.complete else Tier.UNKNOWN
