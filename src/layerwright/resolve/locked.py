"""Locks of other tools, and of ours, taken as they are: exactly their versions and hashes, for one target."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.errors import UsageError
from layerwright.resolve.index_settings import IndexSettings
from layerwright.resolve.location import split_credentials
from layerwright.resolve.lock import Lock
from layerwright.resolve.release import read_document
from layerwright.resolve.request import Request
from layerwright.resolve.selection import Choice, select_packages
from layerwright.resolve.uv import run_uv
from layerwright.targets.target import Target

if TYPE_CHECKING:
    from layerwright.resolve.pins import Pinned

_PYLOCK: Final = re.compile(r"pylock(\.[^.]+)*\.toml")
_PINNING: Final = frozenset({"poetry.lock", "Pipfile.lock"})


def is_lock(path: Path) -> bool:
    """Whether a file is a lock by its name."""
    return path.name == "uv.lock" or path.name in _PINNING or _PYLOCK.fullmatch(path.name) is not None


def lock_file(request: Request) -> Path | None:
    """The lock that a request consists of, None where it has none; UsageError where there is more beside it."""
    locks = [path for path in request.files if is_lock(path)]
    if not locks:
        return None
    more = [*request.requirements, *(str(path) for path in request.files if path != locks[0])]
    more += [str(path) for path in (*request.constraints, *request.overrides)]
    if more:
        raise UsageError(
            f"{locks[0]} is a lock: nothing can be added to it, got {', '.join(more)}",
            hint="give the lock alone, or the requirements that it was made of and the rest",
        )
    return request.folder / locks[0]


def lock_packages(
    path: Path, request: Request, target: Target, *, glibc: tuple[int, int], settings: IndexSettings
) -> tuple[Lock, IndexSettings]:
    """The lock for the target that a lock file of any kind holds, and the settings with what it says of indexes.

    Raises UsageError for one that is for another Python, IntegrityError where an index no longer has what was locked.
    """
    choice = Choice(
        target=target,
        glibc=glibc,
        extras=frozenset(request.extras),
        groups=frozenset(request.groups),
        base=path.absolute().parent,
        source=str(path),
        sources=not request.no_build,
    )
    if path.name == "uv.lock":
        return Lock(target=target, packages=select_packages(_exported(path, request), choice)), settings
    if path.name in _PINNING:
        from layerwright.resolve.pins import choose_files

        pins = _pins(path, choice, request)
        packages = choose_files(pins, request, choice, words=settings.words)
        return Lock(target=target, packages=packages), _with_indexes(settings, pins)
    from layerwright.resolve.pylock import read_lock

    groups = choice.groups or None
    return read_lock(path, target, glibc=glibc, extras=choice.extras, groups=groups), settings


def _pins(path: Path, choice: Choice, request: Request) -> tuple[Pinned, ...]:
    if path.name == "poetry.lock":
        from layerwright.resolve.poetry_lock import read_poetry_lock

        return read_poetry_lock(path, choice)
    from layerwright.resolve.pipfile_lock import read_pipfile_lock

    return read_pipfile_lock(path, choice, request.environment)


def _with_indexes(settings: IndexSettings, pins: Iterable[Pinned]) -> IndexSettings:
    split = dict.fromkeys(split_credentials(pin.index) for pin in pins if pin.index)
    indexes = (*settings.indexes, *(url for url, _ in split))
    known = (*settings.credentials.known, *(found for _, found in split if found))
    credentials = replace(settings.credentials, known=known, indexes=indexes)
    return replace(settings, indexes=indexes, credentials=credentials)


def _exported(path: Path, request: Request) -> dict[str, object]:
    """A uv.lock as uv itself exports it, for every platform, without the project whose lock it is."""
    if not path.is_file():
        raise UsageError(f"can't read the lock {path}: no such file")
    words = ["export", "--frozen", "--format", "pylock.toml", "--no-header", "--quiet", "--no-default-groups"]
    words += ["--no-emit-project", "--project", str(path.parent)]
    words += (
        ["--all-extras"]
        if request.all_extras
        else [word for extra in request.extras for word in ("--extra", extra)]
    )
    words += [word for group in request.groups for word in ("--group", group)]
    run = run_uv(words, environment=request.environment, folder=request.folder)
    if run.code:
        from layerwright.resolve.failure import failure_error

        raise failure_error(run, offline=request.offline)
    return read_document(run.output, name=str(path))
