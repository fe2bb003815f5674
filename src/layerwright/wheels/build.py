"""A package without a wheel → a wheel that we built from its source, kept by the content of that source.

Only what is free of native code is used: it fits every target. Building native code *for* a target is ``_native_wheel``'s place.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from layerwright.errors import BuildError
from layerwright.resolve.lock import LockedPackage
from layerwright.resolve.uv import find_uv
from layerwright.targets.target import Target
from layerwright.wheels.facts import FactReader
from layerwright.wheels.source import lay_source, source_digest
from layerwright.wheels.store import DerivedKind, Store

_BUILT: Final = DerivedKind("built", 1)
_PROBE: Final = DerivedKind("probe", 1)
_MACHINE_CODE: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_SHOWN_LINES: Final = 6
_NATIVE_SUFFIXES: Final = frozenset({".c", ".cc", ".cpp", ".cxx", ".pyx", ".pxd", ".rs", ".f", ".f90", ".cu"})
_NATIVE_FILES: Final = frozenset({"Cargo.toml", "CMakeLists.txt", "meson.build"})
# Projects that are sources on purpose, and what their authors publish as wheels.
_TWINS: Final = {"psycopg2": "psycopg2-binary", "psycopg-c": "psycopg-binary"}


class Alternatives(NamedTuple):
    """What an index has in the way of wheels for a package.

    ``targets`` are those that the wheels of the locked version fit, ``newest`` is the newest version that has a wheel
    for the target at hand, or None.
    """

    targets: tuple[Target, ...]
    newest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How source distributions are built.

    ``uv_arguments`` are put to ``uv pip install`` for the build's requirements (indexes and their like); ``config_settings``
    go to the backend. ``alternatives`` is asked where no wheel comes of it, to say what else there is.
    """

    uv: str | None = None
    uv_arguments: tuple[str, ...] = ()
    config_settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alternatives: Callable[[LockedPackage, Target], Alternatives] | None = None


class Built(NamedTuple):
    """A wheel that we built, in the store."""

    sha256: str
    filename: str
    path: Path


def built_wheel(package: LockedPackage, target: Target, store: Store, options: BuildOptions) -> Built | None:
    """Return the wheel that was built from this very source before, or None."""
    return _kept(_key(package, target, options), store)


def build_wheel(
    package: LockedPackage, target: Target, store: Store, source: Path | None, options: BuildOptions
) -> Built:
    """Return a wheel of the package for the target, built if it was not before.

    ``source`` is the source distribution in the store, None for folders and repositories. Raises BuildError where the build
    fails, or what comes of it holds native code, IntegrityError and NetworkError where the source can't be had.
    """
    import tempfile

    from layerwright.wheels.backend import BackendError, Workshop, run_backend

    key = _key(package, target, options)
    with store.claim(key):
        built = _kept(key, store)
        if built:
            return built
        with tempfile.TemporaryDirectory(prefix="layerwright-", ignore_cleanup_errors=True) as folder:
            place = Path(folder).resolve()
            (place / "source").mkdir()
            project = lay_source(package.artifact, source, place / "source")
            shop = Workshop(
                folder=place,
                python=target.python_version,
                uv=options.uv or find_uv(os.environ),
                uv_arguments=options.uv_arguments,
                config_settings=options.config_settings,
            )
            try:
                wheel = run_backend(project, shop)
            except BackendError as error:
                raise _failure(package, target, project, str(error), options) from error
            wheel = _fitting(wheel, target) or _native_wheel(package, target, wheel, options)
            sha256, path = store.take(wheel)
    store.keep_derived(_BUILT, key, json.dumps({"sha256": sha256, "filename": wheel.name}).encode())
    return Built(sha256, wheel.name, path)


def _native_wheel(package: LockedPackage, target: Target, host_wheel: Path, options: BuildOptions) -> Path:
    """Return a wheel of a package with native code, built for the target: the place for cross-building, which is not there yet.

    ``host_wheel`` is what the build for this host gave, and shows which members are native. Raises BuildError.
    """
    raise BuildError(
        f"{_title(package)} has no wheel for {target}, and its source holds native code: built here it gives {host_wheel.name}",
        hint=_advice(package, target, options),
    )


def _key(package: LockedPackage, target: Target, options: BuildOptions) -> str:
    words = [source_digest(package.artifact), target.python_version, sorted(options.config_settings.items())]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def _kept(key: str, store: Store) -> Built | None:
    data = store.derived(_BUILT, key)
    if data is None:
        return None
    kept = json.loads(data)
    path = store.path(kept["sha256"])
    return Built(kept["sha256"], kept["filename"], path) if path else None


def _fitting(wheel: Path, target: Target) -> Path | None:
    """The wheel that was built on this host, where it does for the target, under tags that say so; else None.

    Packages that build with or without a native part name a platform either way: without machine code in it such a wheel does
    too, if it was built for the target's own Python.
    """
    from layerwright.wheels.read import read_wheel
    from layerwright.wheels.retag import retag

    machine_code = FactReader(
        kind=_PROBE, wants=lambda _, head: head.startswith(_MACHINE_CODE), read=lambda name, _: name
    )
    read = read_wheel(wheel, filename=wheel.name, sha256="", reader=machine_code)
    tags = [tag.split("-") for tag in read.wheel.tags]
    plain = (python for python, abi, platform in tags if (abi, platform) == ("none", "any"))
    if any(_runs_on(python, target) for python in plain):
        return wheel
    own = f"cp{target.python[0]}{target.python[1]}"
    if read.facts or all(python != own for python, _, _ in tags):
        return None
    return retag(wheel, python=own)


def _runs_on(python_tag: str, target: Target) -> bool:
    """Whether a tag's Python is the target's: ``py3``, ``py37`` and ``cp311`` are 3.11's, ``py312`` is not."""
    implementation, digits = python_tag[:2], python_tag[2:]
    major, minor = digits[:1], digits[1:]
    if implementation not in ("py", "cp") or major != str(target.python[0]):
        return False
    if not minor:
        return True
    return int(minor) <= target.python[1] if implementation == "py" else int(minor) == target.python[1]


def _failure(
    package: LockedPackage, target: Target, project: Path, output: str, options: BuildOptions
) -> BuildError:
    signs = _native_signs(project)
    lines = output.splitlines()
    if signs:
        what = f"its source holds native code ({signs}), which can't be built for a target; the build says"
        lines = lines[-_SHOWN_LINES:]
    else:
        what = "building it from its source failed"
    message = "\n".join([f"{_title(package)} has no wheel for {target}, and {what}:", *lines])
    return BuildError(message, hint=_advice(package, target, options))


def _native_signs(project: Path) -> str:
    """Up to three files that say that a compiler is needed; empty where there are none."""
    found: list[str] = []
    for folder, folders, files in os.walk(project):
        folders[:] = sorted(
            name for name in folders if name not in ("test", "tests", "docs", "doc", "examples")
        )
        native = (
            name for name in sorted(files) if name in _NATIVE_FILES or Path(name).suffix in _NATIVE_SUFFIXES
        )
        found += [(Path(folder) / name).relative_to(project).as_posix() for name in native]
        if len(found) >= 3:
            break
    return ", ".join(found[:3])


def _advice(package: LockedPackage, target: Target, options: BuildOptions) -> str:
    """What else there is, as far as somebody can say."""
    if options.alternatives is None:
        return "pin a version that has a wheel for the target, or build such a wheel and give its path"
    known = options.alternatives(package, target)
    covered = ", ".join(map(str, known.targets)) or "no Lambda runtime"
    twin = f"{_TWINS[package.name]} is the same with wheels; " if package.name in _TWINS else ""
    first = f"{twin}the wheels of {_title(package)} cover {covered}"
    if known.newest:
        return f"{first}; the newest version with a wheel for {target} is {known.newest}"
    return f"{first}; no version has a wheel for {target}"


def _title(package: LockedPackage) -> str:
    return f"{package.name} {package.version}" if package.version else package.name
