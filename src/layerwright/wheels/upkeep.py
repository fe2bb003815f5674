"""The store looked over: what it holds, what may go, what is damaged.

All three may run while others use the store: what they remove is fetched or made again by whoever wants it next.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from layerwright.progress import Progress, Silent
from layerwright.wheels.blob import unwrap_blob
from layerwright.wheels.claim import claimed
from layerwright.wheels.store import Store, hash_file, is_sha256

STEP: Final = "verify"

_DAY_S: Final = 86_400


class Holding(NamedTuple):
    """How many files of one sort the store holds, and how many bytes they have."""

    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreInfo:
    """What the store holds: ``files`` by hash, ``derived`` by kind and version (sorted), and what is on its way in."""

    root: Path
    files: Holding
    derived: tuple[tuple[str, Holding], ...]
    temporary: Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a verification read, and what was corrupt and is gone now: paths within the store, sorted.

    ``kept_damaged`` is what is corrupt and could not be removed.
    """

    checked: Holding
    dropped: tuple[str, ...]
    kept_damaged: tuple[str, ...]


def store_info(store: Store) -> StoreInfo:
    """Return what the store holds; a store that is not there yet holds nothing."""
    kinds: dict[str, list[Path]] = {}
    for path in _files_below(store.root / "derived"):
        kinds.setdefault(path.relative_to(store.root / "derived").parts[0], []).append(path)
    return StoreInfo(
        root=store.root,
        files=_holding(_files_below(store.root / "files")),
        derived=tuple((kind, _holding(paths)) for kind, paths in sorted(kinds.items())),
        temporary=_holding(_files_below(store.root / "temporary")),
    )


def clean_store(store: Store, *, unused_days: float | None = None) -> Holding:
    """Remove what was not used for so many days, or everything (None), and return what went.

    What another process is fetching at this moment stays. Raises UsageError where something could not be removed.
    """
    limit_s = time.time() - unused_days * _DAY_S if unused_days is not None else float("inf")
    count = size_bytes = 0
    with store.refusals():
        for path in itertools.chain(_kept_files(store), _abandoned(store)):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                if max(status.st_atime, status.st_mtime) < limit_s:
                    path.unlink()
                    count += 1
                    size_bytes += status.st_size
    return Holding(count, size_bytes)


def verify_store(store: Store, *, progress: Progress | None = None) -> Verified:
    """Read everything in the store, hash it, and remove what is corrupt."""
    progress = progress or Silent()
    files = list(_files_below(store.root / "files"))
    blobs = list(_files_below(store.root / "derived"))
    progress.begin(STEP, _holding([*files, *blobs]).size_bytes)
    dropped: list[str] = []
    kept: list[str] = []
    count = size_bytes = 0
    for path, is_file in itertools.chain(((path, True) for path in files), ((path, False) for path in blobs)):
        with contextlib.suppress(FileNotFoundError):
            size = path.stat().st_size
            if not (
                _is_sound_file(path) if is_file else unwrap_blob(path.read_bytes(), path.name) is not None
            ):
                (dropped if _remove(path) else kept).append(path.relative_to(store.root).as_posix())
            count += 1
            size_bytes += size
            progress.advance(STEP, size)
    progress.end(STEP)
    checked = Holding(count, size_bytes)
    return Verified(checked=checked, dropped=tuple(sorted(dropped)), kept_damaged=tuple(sorted(kept)))


def _is_sound_file(path: Path) -> bool:
    try:
        return hash_file(path) == path.name
    except FileNotFoundError:
        raise
    except OSError:  # a disk that can't give it back
        return False


def _remove(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _kept_files(store: Store) -> Iterator[Path]:
    yield from _files_below(store.root / "files")
    yield from _files_below(store.root / "derived")
    yield from _files_below(store.root / "resolve")  # what resolving remembers for minutes


def _abandoned(store: Store) -> Iterator[Path]:
    """What is in the temporary folder and nobody holds a claim on; claims that nobody holds go by being taken."""
    for path in _files_below(store.root / "temporary"):
        if path.suffix == ".lock":
            with claimed(path, stopped=_at_once()):
                pass
        elif not is_sha256(path.name):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _DAY_S:
                    yield path
        else:
            with claimed(path.with_name(f"{path.name}.lock"), stopped=_at_once()) as ours:
                if ours:
                    yield path


def _at_once() -> Callable[[], bool]:
    """A ``stopped`` that allows one try."""
    tries = itertools.count()
    return lambda: next(tries) > 0


def _files_below(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(where) / name


def _holding(paths: list[Path] | Iterator[Path]) -> Holding:
    count = size_bytes = 0
    for path in paths:
        with contextlib.suppress(OSError):
            size_bytes += path.stat().st_size
            count += 1
    return Holding(count, size_bytes)
