"""A built layer laid out in a folder, for those who copy its content themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from layerwright.errors import UsageError
from layerwright.layer.archive import write_folder
from layerwright.layer.read import read_layer

_LAYER_FOLDERS = frozenset({"python", "lib", "bin", "extensions"})


def unpack_layer(zip_path: Path, folder: Path) -> None:
    """Leave at ``folder`` just what the zip holds; an earlier layer that stood there is replaced when all is written.

    Raises UsageError where something else than a layer stands there.
    """
    _refuse_other_content(folder)
    parent = folder.absolute().parent
    mark = f"{os.getpid()}-{os.urandom(4).hex()}"
    partial, old = parent / f".{folder.name}.{mark}.partial", parent / f".{folder.name}.{mark}.old"
    try:
        partial.mkdir(parents=True)
        write_folder(read_layer(zip_path).tree.values(), partial)
        if folder.exists():
            folder.replace(old)
        partial.replace(folder)
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _refuse_other_content(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint="--unpacked names a folder")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if names and not names & _LAYER_FOLDERS:
        raise UsageError(
            f"{folder} holds {', '.join(sorted(names)[:3])}, and no layer",
            hint="name a folder that is empty, or not there yet",
        )
