"""Layers and code given as paths become folders for a sandbox; what the store has laid before is found by stat alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.wheels.store import DerivedKind, Store

_LAID: Final = DerivedKind("laid", 1)


def lay_layers(layers: Sequence[Path], store: Store) -> Path:
    """Return the folder that stands at /opt for layers (zips or folders), in order.

    Raises UsageError for a path that holds nothing, IntegrityError for a layer that can't be read.
    """
    return _lay(tuple(layers), store)


def lay_code(code: Path, store: Store) -> Path:
    """Return the folder that stands at /var/task: the code itself where it is a folder, else what the zip holds."""
    return code.resolve() if code.is_dir() else _lay((code,), store)


def _lay(paths: tuple[Path, ...], store: Store) -> Path:
    key = _key(paths)
    kept = store.derived(_LAID, key) if key is not None else None
    if kept is not None and (folder := store.root / kept.decode()).is_dir():
        return folder
    from layerwright.layer.read import read_layer  # only for what was not laid before
    from layerwright.run.materialize import lay_stack

    folder = lay_stack([read_layer(path).tree for path in paths], store)
    if key is not None:
        store.keep_derived(_LAID, key, folder.relative_to(store.root).as_posix().encode())
    return folder


def _key(paths: tuple[Path, ...]) -> str | None:
    """Return a digest of which files these are; None where one is a folder, whose content no stat tells."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            raise UsageError(f"{path} can't be read: {error.strerror}") from error
        if path.is_dir():
            return None
        facts = (
            path.resolve(),
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )
        digest.update(repr(facts).encode())
    return digest.hexdigest()
