"""Where a package without a wheel is built from: what names its content, and a copy of it that a build may litter."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from layerwright.errors import BuildError, IntegrityError, NetworkError, UsageError
from layerwright.resolve.lock import Artifact, ArtifactKind
from layerwright.wheels.arrivals import local_path

_NOT_SOURCE: Final = frozenset(
    {
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "node_modules",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
    }
)
_REPOSITORY: Final = ".git"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_UNPACKED_BYTES: Final = 4 << 30


def source_digest(artifact: Artifact) -> str:
    """Return a hex digest of the content that a build starts from: the same content, wherever it is, has the same.

    Raises UsageError where a folder is not there, and IntegrityError where a repository is not locked to a commit.
    """
    words = [artifact.kind.value, artifact.subdirectory or ""]
    if artifact.kind is ArtifactKind.DIRECTORY:
        folder = local_path(artifact)
        try:
            words.append(_folder_digest(folder))
        except OSError as error:
            raise UsageError(f"{folder} can't be read to build from it: {error}") from error
    elif artifact.kind is ArtifactKind.VCS:
        words += _split_location(artifact)
    else:
        words.append(str(artifact.sha256))
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def lay_source(artifact: Artifact, file: Path | None, folder: Path) -> Path:
    """Put a copy of the source into the empty ``folder``, and return where in it the project is.

    ``file`` is a source distribution in the store. Raises IntegrityError where that can't be unpacked or would leave the
    folder, NetworkError where a repository can't be had, BuildError where there is no such subdirectory.
    """
    if artifact.kind is ArtifactKind.DIRECTORY:
        import shutil

        root = folder / "source"
        origin = local_path(artifact)
        try:
            shutil.copytree(origin, root, symlinks=True, ignore=lambda _, names: _NOT_SOURCE & set(names))
        except OSError as error:
            raise UsageError(f"{origin} can't be copied to build from it: {error}") from error
    elif artifact.kind is ArtifactKind.VCS:
        root = _clone(artifact, folder / "source")
    else:
        root = _unpack(file or local_path(artifact), artifact.filename, folder)
    project = root / (artifact.subdirectory or "")
    if not project.is_dir() or not project.resolve().is_relative_to(folder.resolve()):
        raise BuildError(f"{artifact.filename}: it has no folder {artifact.subdirectory!r} to build in")
    return project


def _folder_digest(root: Path) -> str:
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder that a package could be built from")
    digest = hashlib.sha256()
    for path in _source_files(root):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            kind, content = "link", str(path.readlink()).encode()
        else:
            kind, content = ("program" if status.st_mode & 0o100 else "file"), path.read_bytes()
        name = path.relative_to(root).as_posix()
        digest.update(json.dumps([name, kind, hashlib.sha256(content).hexdigest()]).encode())
    digest.update(_describe(root))
    return digest.hexdigest()


def _source_files(root: Path) -> Iterator[Path]:
    """The files and links of a project in order; what tools leave there is no part of it."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCE and name != _REPOSITORY)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted(files + links):
            path = Path(folder) / name
            if path.is_symlink() or path.is_file():
                yield path


def _describe(root: Path) -> bytes:
    """What git calls this state, as some projects take their version from it; empty where there is no repository."""
    if not (root / _REPOSITORY).exists():
        return b""
    import subprocess

    command = ["git", "-C", str(root), "describe", "--always", "--tags", "--long", "--abbrev=40"]
    try:
        return subprocess.run(command, capture_output=True, check=False).stdout
    except OSError:
        return b""


def _split_location(artifact: Artifact) -> tuple[str, str]:
    """A repository's URL and commit."""
    system, plus, location = artifact.location.partition("#")[0].partition("+")
    url, at, commit = location.rpartition("@")
    if system != "git" or not plus:
        raise UsageError(
            f"{artifact.filename}: only git repositories can be built from, got {artifact.location}"
        )
    if not at or not _COMMIT.fullmatch(commit):
        raise IntegrityError(
            f"{artifact.filename}: the lock names no commit in {artifact.location}", hint="lock again"
        )
    return url, commit


def _clone(artifact: Artifact, target: Path) -> Path:
    import subprocess

    url, commit = _split_location(artifact)
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1"}
    git = ["git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"]
    inside = [*git, "-C", str(target)]
    for command in (
        [*git, "clone", "--quiet", "--no-checkout", "--", url, str(target)],
        [*inside, "checkout", "--quiet", commit],
        [*inside, "submodule", "--quiet", "update", "--init", "--recursive"],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        except FileNotFoundError as error:
            raise UsageError(
                f"{artifact.filename} is built from a git repository, and there is no git here"
            ) from error
        if done.returncode:
            raise NetworkError(
                f"{artifact.filename}: git could not get {commit} of {url}: {done.stderr.strip()}"
            )
    return target


def _unpack(file: Path, filename: str, folder: Path) -> Path:
    """Unpack a source distribution, and return the one folder that it has at its top."""
    import tarfile
    import zipfile

    try:
        if filename.endswith(".zip"):
            with zipfile.ZipFile(file) as archive:
                _check_size(sum(info.file_size for info in archive.infolist()), filename)
                archive.extractall(folder)  # noqa: S202  # zipfile lets no member leave the folder
        else:
            _unpack_tar(file, filename, folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
        raise IntegrityError(f"{filename}: it can't be unpacked: {error}") from error
    tops = [path for path in folder.iterdir() if path.is_dir()]
    if len(tops) != 1:
        raise IntegrityError(
            f"{filename}: a source distribution has one folder at its top, found {len(tops)}"
        )
    return tops[0]


def _unpack_tar(file: Path, filename: str, folder: Path) -> None:
    import tarfile

    if not hasattr(tarfile, "data_filter"):
        version = ".".join(map(str, sys.version_info[:3]))
        raise UsageError(f"Python {version} can't unpack {filename} safely", hint="use 3.11.4 or a later one")
    total = 0
    with tarfile.open(file) as archive:
        for member in archive:
            total += member.size
            _check_size(total, filename)
            archive.extract(member, folder, filter="data")


def _check_size(size_bytes: int, filename: str) -> None:
    if size_bytes > _MOST_UNPACKED_BYTES:
        raise IntegrityError(f"{filename}: unpacked it has more than {_MOST_UNPACKED_BYTES} bytes")
