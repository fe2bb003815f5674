"""Real source distributions and project folders, with a build backend of their own that needs nothing from an index."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

_BACKEND = """
import base64, hashlib, os, pathlib, zipfile

NAME, VERSION, TAG = {name!r}, {version!r}, {tag!r}

{before}

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    members = {{path.as_posix(): path.read_bytes() for path in sorted(pathlib.Path("src").rglob("*")) if path.is_file()}}
    members = {{name.removeprefix("src/"): data for name, data in members.items()}}
    members |= extra_members() if "extra_members" in globals() else {{}}
    info = f"{{NAME}}-{{VERSION}}.dist-info"
    members[f"{{info}}/METADATA"] = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n".encode()
    members[f"{{info}}/WHEEL"] = f"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {{TAG}}\\n".encode()
    lines = []
    for name, data in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{{name}},sha256={{digest}},{{len(data)}}")
    members[f"{{info}}/RECORD"] = "\\n".join([*lines, f"{{info}}/RECORD,,", ""]).encode()
    wheel = f"{{NAME}}-{{VERSION}}-{{TAG}}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return wheel
"""


def project_files(
    name: str = "demo",
    version: str = "1.0",
    *,
    tag: str = "py3-none-any",
    files: Mapping[str, bytes] | None = None,
    before: str = "",
    requires: Iterable[str] = (),
    pyproject: str | None = None,
) -> dict[str, bytes]:
    """The files of a project whose backend packs ``src`` into a wheel with this tag.

    ``before`` is Python that the backend runs first; where it defines ``extra_members``, what that returns is packed as well.
    ``files`` are added to, or replace, those of the project.
    """
    settings = pyproject or (
        f"[build-system]\nrequires = {list(requires)!r}\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
    backend = _BACKEND.format(name=name, version=version, tag=tag, before=before)
    own = {
        f"src/{name}.py": b"answer = 42\n",
        "backend.py": backend.encode(),
        "pyproject.toml": settings.encode(),
    }
    return own | dict(files or {})


def sdist_bytes(files: Mapping[str, bytes], *, top: str = "demo-1.0", kind: str = "tar.gz") -> bytes:
    """A source distribution of these files; names are written as they are, however hostile, below ``top``."""
    named = {f"{top}/{name}" if top else name: data for name, data in files.items()}
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in named.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in named.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def write_project(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a project's files into a folder, and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
