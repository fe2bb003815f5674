"""A stack of layers as a folder that can stand at /opt: laid once, kept in the store, and shared file by file."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from layerwright.errors import IntegrityError
from layerwright.layer.tree import Entry, Kind, Method, Tree
from layerwright.wheels.store import Store

FOLDER: Final = "unpacked"
"""The folder in the store that holds ``stacks/`` and the files that they share; all of it can be made again."""
_SCHEMA: Final = "1"


def merge(layers: Iterable[Tree]) -> Tree:
    """Return what Lambda makes of layers: extracted to one place in order, so that a later file replaces an earlier."""
    return Tree(entry for layer in layers for entry in layer.values())


def lay_stack(layers: Iterable[Tree], store: Store) -> Path:
    """Return the folder in the store that holds the merged layers.

    A stack that the store has is not laid again, and a file that any stack of the store has is linked, not unpacked.
    Files get the permissions that Lambda's user has, who owns none of them: the bits for others. Safe under several
    processes and a kill at any moment. Raises IntegrityError for a layer whose files can't be laid.
    """
    tree = merge(layers)
    addresses = {path: _address(entry) for path, entry in tree.items()}
    root = store.root / FOLDER
    folder = root / "stacks" / _stack_key(tree, addresses)
    if folder.is_dir():
        return folder
    with store.refusals():
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".laying-", dir=folder.parent))
        try:
            # Links last: no file can then be laid through one that leads elsewhere.
            for path, entry in sorted(tree.items(), key=lambda item: item[1].kind is Kind.SYMLINK):
                _lay(entry, _inside(work, path), addresses[path], root / "files")
            work.chmod(0o755)
            try:
                work.rename(folder)
            except OSError:
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder


def _stack_key(tree: Tree, addresses: dict[str, str]) -> str:
    digest = hashlib.sha256(_SCHEMA.encode())
    for path, entry in tree.items():
        digest.update(
            f"{path}\0{entry.kind.value}\0{entry.mode}\0{addresses[path]}\n".encode(
                "utf-8", "surrogateescape"
            )
        )
    return digest.hexdigest()


def _address(entry: Entry) -> str:
    """Return the digest of an entry's bytes as they are kept, which spares inflating what the store has."""
    if entry.kind is Kind.DIRECTORY:
        return ""
    method, data = entry.content.compressed()
    return hashlib.sha256(bytes([method is Method.DEFLATED]) + data).hexdigest()


def _inside(folder: Path, path: str) -> Path:
    place = folder.joinpath(*path.split("/"))
    if ".." in path.split("/") or path.startswith("/") or not place.is_relative_to(folder):
        raise IntegrityError(f"the layer's path {path!r} leads out of the layer")
    return place


def _lay(entry: Entry, place: Path, address: str, pool: Path) -> None:
    try:
        if entry.kind is Kind.DIRECTORY:
            place.mkdir(parents=True, exist_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind is Kind.SYMLINK:
            place.symlink_to(os.fsdecode(entry.read()))
            return
    except OSError as error:
        raise IntegrityError(f"{entry.path} (of {entry.origin}) can't be laid: {error.strerror}") from error
    mode = _mode(entry.mode)
    pooled = pool / address[:2] / f"{address}-{mode:o}"
    if not pooled.exists():
        _pool(entry, pooled, mode)
    try:
        os.link(pooled, place, follow_symlinks=False)
    except OSError:  # another file system, or one without links
        shutil.copy(pooled, place)


def _mode(mode: int) -> int:
    """Return what another user than the owner may do, as the owner's own permissions; nobody may write."""
    others = (mode or 0o644) & 0o5
    return others << 6 | others << 3 | others


def _pool(entry: Entry, pooled: Path, mode: int) -> None:
    pooled.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".filling-", dir=pooled.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(entry.read())
        Path(name).chmod(mode)
        Path(name).replace(pooled)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
