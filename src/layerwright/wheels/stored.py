"""Where things stand in the store, and reading them as they are: nothing is repaired, made or waited for.

Light, and by plain paths: it is what a command that was done before is done again by.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from layerwright.wheels.blob import unwrap_blob
from layerwright.wheels.seal import is_sealed, note_use


class DerivedKind(NamedTuple):
    """What derived data is, and the version of its shape; data of another version is not seen."""

    name: str
    version: int


def file_place(root: str, sha256: str) -> str:
    """Where the file with this hash is or would be."""
    return os.path.join(root, "files", sha256[:2], sha256)


def blob_place(root: str, kind: DerivedKind, key: str) -> str:
    """Where the blob of this kind and key is or would be."""
    return os.path.join(root, "derived", f"{kind.name}-{kind.version}", key[:2], key)


def sealed_file(root: str, sha256: str) -> str | None:
    """The file with this hash, or None where it is not there, or its seal is broken."""
    path = file_place(root, sha256)
    try:
        status = os.stat(path)
    except OSError:
        return None
    if not is_sealed(status, sha256):
        return None
    note_use(path, status)
    return path


def read_blob(root: str, kind: DerivedKind, key: str) -> bytes | None:
    """The data kept under this kind and key; None where there is none, or it can't be read, or is damaged."""
    path = blob_place(root, kind, key)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with open(descriptor, "rb", buffering=0) as file:
        try:
            blob = file.read()
            status = os.fstat(descriptor)
        except OSError:
            return None
    data = unwrap_blob(blob, key)
    if data is not None:
        note_use(path, status)
    return data
