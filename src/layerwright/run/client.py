"""What Lambda's runtime has besides Python: its client (awslambdaric) and the AWS SDK, for any target, from the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from layerwright.wheels.store import DerivedKind, Store

if TYPE_CHECKING:
    from layerwright.progress import Progress
    from layerwright.targets.runtime import Runtime

_WANTED: Final = frozenset({"awslambdaric", "boto3"})
"""The rest of what the runtime brings is what these require."""
_LOCK: Final = DerivedKind("runtime-lock", 1)
_FOLDER: Final = DerivedKind("runtime-packages", 2)


def runtime_packages(
    runtime: Runtime, store: Store, *, offline: bool = False, progress: Progress | None = None
) -> Path:
    """Return the folder that stands at /var/runtime: the distributions that the runtime brings, in the newest versions.

    Resolved once and then kept, so that a later run asks no index. Raises what ``resolve`` and ``fetch`` raise.
    """
    kept = store.derived(_FOLDER, runtime.target.digest)
    if kept is not None and (folder := store.root / json.loads(kept)).is_dir():
        return Path(folder, "python")
    return _fetched(runtime, store, offline=offline, progress=progress)


def _fetched(runtime: Runtime, store: Store, *, offline: bool, progress: Progress | None) -> Path:
    """Return the folder after resolving, fetching and laying; what that needs is imported only here."""
    from layerwright.layer.assemble import assemble
    from layerwright.layer.place import Layout, scheme_for
    from layerwright.progress import Silent
    from layerwright.resolve.pylock import read_lock, write_lock
    from layerwright.resolve.request import Request
    from layerwright.resolve.resolve import resolve
    from layerwright.run.materialize import lay_stack
    from layerwright.wheels.fetch import fetch

    progress = progress or Silent()
    target = runtime.target
    content = store.derived(_LOCK, target.digest)
    if content is None:
        names = tuple(package.name for package in runtime.bundled if package.name in _WANTED)
        request = Request(requirements=names, no_build=True, offline=offline)
        content = write_lock(resolve(request, target, glibc=runtime.glibc, progress=progress).lock)
        store.keep_derived(_LOCK, target.digest, content)
    lock = read_lock(content, target, glibc=runtime.glibc, base=Path())
    wheels = fetch(lock, store, offline=offline, progress=progress)
    scheme = scheme_for(Layout.FLAT, python=target.python, interpreter=runtime.interpreter)
    folder = lay_stack([assemble(wheels, scheme, store, with_scripts=False).tree], store)
    folder = _compiled(folder, target.python, store)
    store.keep_derived(_FOLDER, target.digest, json.dumps(folder.relative_to(store.root).as_posix()).encode())
    return folder / "python"


def _compiled(folder: Path, minor: tuple[int, int], store: Store) -> Path:
    """Return a folder with the same files and their bytecode, as Lambda's own are; the folder itself where none here can make it."""
    import os
    import shutil
    import subprocess
    import tempfile

    from layerwright.run.pythons import find_pythons

    python = next(find_pythons(minor), None)
    target = folder.parent.parent / "compiled" / folder.name
    if python is None or target.is_dir():
        return target if target.is_dir() else folder
    with store.refusals():
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".compiling-", dir=target.parent))
        try:
            shutil.copytree(folder, work, symlinks=True, copy_function=os.link, dirs_exist_ok=True)
            words = [
                "-m",
                "compileall",
                "-q",
                "-d",
                "/var/runtime",
                "--invalidation-mode",
                "unchecked-hash",
                "python",
            ]
            subprocess.run([python.executable, "-I", *words], cwd=work, capture_output=True, check=False)
            work.chmod(0o755)
            work.rename(target)
        except OSError:
            if not target.is_dir():
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return target
