"""Real source distributions, with metadata that stands in them or that only their own code can tell."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from factories.wheels import metadata_text, wheel_bytes, wheel_filename

# A build backend that needs nothing, and leaves a trace of having run.
_BACKEND = """
import pathlib

def _ran():
    pathlib.Path({trace!r}).write_text("ran")

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    _ran()
    info = pathlib.Path(folder) / {info!r}
    info.mkdir()
    (info / "METADATA").write_text({metadata!r})
    return info.name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    _ran()
    (pathlib.Path(folder) / {wheel!r}).write_bytes(bytes.fromhex({content!r}))
    return {wheel!r}
"""

_PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
dynamic = ["version", "dependencies"]
"""


def project_files(
    name: str, version: str, *, trace: Path, requires: Iterable[str] = (), static: bool = False
) -> dict[str, bytes]:
    """The files of a project whose metadata its backend tells, or with ``static`` its pyproject.toml.

    ``trace`` is a file that the backend writes when it runs.
    """
    requires = tuple(requires)
    backend = _BACKEND.format(
        trace=str(trace),
        info=f"{name.replace('-', '_')}-{version}.dist-info",
        metadata=metadata_text(name, version, requires=requires),
        wheel=wheel_filename(name, version),
        content=wheel_bytes(name, version, requires=requires).hex(),
    )
    pyproject = _PYPROJECT.format(name=name)
    if static:
        stated = f'version = "{version}"\ndependencies = {list(requires)!r}\n'
        pyproject = pyproject.replace('dynamic = ["version", "dependencies"]\n', stated)
    return {"pyproject.toml": pyproject.encode(), "backend.py": backend.encode()}


def write_project(folder: Path, name: str, version: str = "1.0", **rest: object) -> Path:
    """Write a project's folder, and return it; see ``project_files``."""
    root = folder / name
    root.mkdir()
    for path, content in project_files(name, version, **rest).items():  # type: ignore[arg-type]
        (root / path).write_bytes(content)
    return root


def write_sdist(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    trace: Path,
    requires: Iterable[str] = (),
    static: bool = False,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a source distribution into a folder, and return where.

    With ``static`` its PKG-INFO can be relied on (Metadata 2.2 and later); else only its code tells.
    """
    root = f"{name.replace('-', '_')}-{version}"
    info = metadata_text(name, version, requires=requires)
    if not static:
        info = info.replace("Metadata-Version: 2.4", "Metadata-Version: 2.1")
    members = {
        "PKG-INFO": info.encode(),
        **project_files(name, version, trace=trace, requires=requires),
        **(files or {}),
    }
    path = folder / f"{root}.tar.gz"
    path.write_bytes(sdist_bytes(root, members))
    return path


def sdist_bytes(root: str, members: Mapping[str, bytes]) -> bytes:
    """The bytes of a gzipped tar with these members under one folder; the same arguments give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(f"{root}/{path}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)
