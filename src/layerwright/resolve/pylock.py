"""Locks as files: any valid pylock.toml (PEP 751) read for one target, and ours written.

Reading is on the path of a warm build, so nothing heavy is imported unless the file asks for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.errors import UsageError
from layerwright.resolve.location import is_url, relative_path, split_credentials
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.resolve.markers import environment_marker

if TYPE_CHECKING:
    from layerwright.targets.target import Target

LOCK_VERSION: Final = "1.0"
_KEY: Final = "layerwright"


def read_lock(
    source: Path | bytes,
    target: Target,
    *,
    glibc: tuple[int, int],
    extras: frozenset[str] = frozenset(),
    groups: frozenset[str] | None = None,
    base: Path | None = None,
) -> Lock:
    """The lock for the target that a pylock.toml holds, with the best artifact of every package.

    Paths in it are taken from its folder, or from ``base`` for bytes. ``groups`` of None means its default groups.
    Raises UsageError for a file that is no lock, or is one for another target or Python.
    """
    from layerwright.resolve.release import read_document
    from layerwright.resolve.selection import Choice, select_packages

    content = source if isinstance(source, bytes) else _content(source)
    name = "the lock" if isinstance(source, bytes) else str(source)
    folder = (base or Path.cwd()) if isinstance(source, bytes) else source.absolute().parent
    document = read_document(content, name=name)
    written_for = _written_for(document)
    if written_for is not None and written_for != target_name(target):
        raise UsageError(
            f"{name} is a lock for {written_for}, not for {target_name(target)}",
            hint=f"build it for {written_for}, or lock again for {target_name(target)}",
        )
    choice = Choice(target=target, glibc=glibc, extras=extras, groups=groups, base=folder, source=name)
    return Lock(target=target, packages=select_packages(document, choice))


def write_lock(lock: Lock, *, folder: Path | None = None) -> bytes:
    """The lock as a pylock.toml: the same lock gives the same bytes, and no credential is ever in them.

    Paths are written as seen from ``folder``, where the file is going to be; absolute without one.
    """
    target = lock.target
    lines = [
        f"lock-version = {_text(LOCK_VERSION)}",
        f"environments = [{_text(environment_marker(target))}]",
        f'requires-python = "=={target.python_version}.*"',
        f"created-by = {_text(_KEY)}",
    ]
    if not lock.packages:
        lines.append("packages = []")
    for package in lock.packages:
        lines += ["", *_package(package, folder)]
    lines += ["", f"[tool.{_KEY}]", f"target = {_text(target_name(target))}", ""]
    return "\n".join(lines).encode()


def target_name(target: Target) -> str:
    """The name that a lock records: the runtime and the architecture, also of a described runtime."""
    return f"{target.runtime}-{target.architecture}"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"can't read the lock {path}: {error.strerror or error}") from error


def _written_for(document: dict[str, object]) -> str | None:
    tool = document.get("tool")
    ours = tool.get(_KEY) if isinstance(tool, dict) else None
    target = ours.get("target") if isinstance(ours, dict) else None
    return target if isinstance(target, str) else None


def _package(package: LockedPackage, folder: Path | None) -> list[str]:
    lines = ["[[packages]]", f"name = {_text(package.name)}"]
    if package.version is not None:
        lines.append(f"version = {_text(package.version)}")
    return [*lines, _artifact(package, folder)]


def _artifact(package: LockedPackage, folder: Path | None) -> str:
    artifact = package.artifact
    if artifact.kind is ArtifactKind.DIRECTORY:
        return f"directory = {_table(path=_path(artifact, folder), subdirectory=artifact.subdirectory)}"
    if artifact.kind is ArtifactKind.VCS:
        return f"vcs = {_vcs(artifact)}"
    clean = split_credentials(artifact.location)[0]
    url = clean if is_url(clean) else None
    path = None if url else _path(artifact, folder)
    table = _table(
        name=artifact.filename, url=url, path=path, size=artifact.size_bytes, sha256=artifact.sha256
    )
    if artifact.kind is ArtifactKind.WHEEL:
        return f"wheels = [{table}]"
    if package.version is None or artifact.subdirectory is not None:
        # An archive that no index names: PEP 751 keeps these apart, and gives them no file name.
        table = _table(
            url=url,
            path=path,
            size=artifact.size_bytes,
            subdirectory=artifact.subdirectory,
            sha256=artifact.sha256,
        )
        return f"archive = {table}"
    return f"sdist = {table}"


def _vcs(artifact: Artifact) -> str:
    kind, _, rest = artifact.location.partition("+")
    url, _, commit = rest.rpartition("@")
    return _table(
        type=kind, url=split_credentials(url)[0], commit_id=commit, subdirectory=artifact.subdirectory
    )


def _path(artifact: Artifact, folder: Path | None) -> str:
    return artifact.location if folder is None else relative_path(artifact.location, folder)


def _table(*, sha256: str | None = None, **values: str | int | None) -> str:
    pairs = [
        f"{key.replace('_', '-')} = {value if isinstance(value, int) else _text(value)}"
        for key, value in values.items()
        if value is not None
    ]
    if sha256 is not None:
        pairs.append(f"hashes = {{ sha256 = {_text(sha256)} }}")
    return f"{{ {', '.join(pairs)} }}"


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, save DEL, which TOML wants escaped as well."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
