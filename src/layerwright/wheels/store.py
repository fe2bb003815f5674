"""The store: files under their sha256, and data derived from them under a kind, its version and a key.

    ROOT/files/ab/abcd...                      a file whose sha256 is its name
    ROOT/derived/KIND-VERSION/ab/abcd...       a small blob with its checksum before it
    ROOT/temporary/                            what is on its way in, and the claims on it

Everything arrives by a rename, so no reader ever sees half of it, whoever is killed. A file that arrived is sealed
(see ``seal``); one whose seal is broken is hashed again, and sealed anew or dropped.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from layerwright.errors import IntegrityError, InternalError, UsageError
from layerwright.wheels.blob import wrap_blob
from layerwright.wheels.claim import claimed
from layerwright.wheels.place import store_place
from layerwright.wheels.seal import is_sealed, note_use, seal
from layerwright.wheels.stored import DerivedKind, blob_place, file_place, read_blob

__all__ = ["HINT", "DerivedKind", "Incoming", "Store", "hash_file", "is_sha256"]

HINT: Final = "set LAYERWRIGHT_CACHE to a folder that you can write to"

_GONE_HINT: Final = (
    "a file of it went in the meantime; if you cleaned it just now, run the same command again"
)
_CHUNK_BYTES: Final = 1 << 20
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{1,199}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_numbers = itertools.count()


class Incoming(NamedTuple):
    """A file on its way in: where to write it, and whether what stands there is to be gone on with."""

    path: Path
    resumable: bool


class Store:
    """The store in one folder; it holds no state, so any number of them may be open on one folder."""

    def __init__(self, root: Path | None = None) -> None:
        """Use the folder ``root``, or the default one; nothing is made or read yet."""
        self.root = root or Path(store_place())

    def __repr__(self) -> str:
        """Return the store's folder, for debugging."""
        return f"Store({str(self.root)!r})"

    # --- files -------------------------------------------------------------------------------------------------------

    def file_path(self, sha256: str) -> Path:
        """Where the file with this hash is or would be."""
        if not is_sha256(sha256):
            raise InternalError(f"not a sha256 in small hex digits: {sha256!r}")
        return Path(file_place(str(self.root), sha256))

    def path(self, sha256: str) -> Path | None:
        """The file with this hash, or None where the store has it not; one that is corrupt is dropped.

        Raises UsageError where the store can't be read.
        """
        path = self.file_path(sha256)
        with self.refusals():
            try:
                status = path.stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            if not is_sealed(status, sha256):
                return self._reseal(path, sha256)
        note_use(path, status)
        return path

    def hashed_path(self, sha256: str) -> Path | None:
        """The file with this hash after hashing it again, or None where the store has it not; a corrupt one is dropped."""
        path = self.file_path(sha256)
        with self.refusals():
            return self._reseal(path, sha256) if path.exists() else None

    def has(self, sha256: str) -> bool:
        """Whether the store has a sound file with this hash."""
        return self.path(sha256) is not None

    @contextlib.contextmanager
    def incoming(self, sha256: str, *, stopped: Callable[[], bool] = lambda: False) -> Iterator[Incoming]:
        """Claim the place where a file is to be written before ``admit`` takes it, waiting for others that fetch it.

        What a process that died left there is resumable; it is not to be trusted before ``admit`` has. Look again whether
        the store has the file before fetching: who was waited for may have brought it.
        Raises UsageError where the store can't be written.
        """
        with contextlib.ExitStack() as stack:
            with self.refusals():
                folder = self._folder("temporary")
                held = stack.enter_context(claimed(folder / f"{sha256}.lock", stopped=stopped))
                # Where there are no locks each writes a file of its own.
                path = folder / sha256 if held else self._temporary()
            try:
                yield Incoming(path, held)
            finally:
                if not held:
                    path.unlink(missing_ok=True)

    def admit(self, path: Path, sha256: str, *, got: str, filename: str) -> Path:
        """Move a complete file at ``path``, whose hash is ``got``, into the store, and return where it is then.

        Raises IntegrityError, keeping nothing, where that is not the hash it should have; ``filename`` is what the message
        calls it.
        """
        if got != sha256:
            with self.refusals():
                path.unlink(missing_ok=True)
            raise IntegrityError(
                f"{filename}: its sha256 is {got}, expected {sha256}; nothing of it was kept",
                hint="the file changed since it was locked, or something between here and there alters it",
            )
        target = self.file_path(sha256)
        with self.refusals():
            target.parent.mkdir(parents=True, exist_ok=True)
            seal(path, sha256)
            try:
                path.replace(target)
            except PermissionError:  # on Windows, while another process reads the file of the same hash
                if not self.has(sha256):
                    raise
                path.unlink(missing_ok=True)
        return target

    def take(self, source: Path, *, sha256: str | None = None) -> tuple[str, Path]:
        """Copy a file into the store; return its hash and where it is.

        Raises UsageError where the file can't be read, or the store can't be written, and IntegrityError where its hash is
        not the one given.
        """
        import hashlib

        digest = hashlib.sha256()
        try:
            file = source.open("rb")
        except OSError as error:
            raise UsageError(f"{source} can't be read: {error.strerror}") from error
        with file, self.refusals():
            path = self._temporary()
            try:
                with path.open("xb") as copy:
                    while chunk := file.read(_CHUNK_BYTES):
                        digest.update(chunk)
                        copy.write(chunk)
                got = digest.hexdigest()
                return got, self.admit(path, sha256 or got, got=got, filename=source.name)
            finally:
                path.unlink(missing_ok=True)

    def _reseal(self, path: Path, sha256: str) -> Path | None:
        """Hash a file whose seal is broken: seal it again, or drop it."""
        try:
            sound = hash_file(path) == sha256
        except FileNotFoundError:  # someone cleans the store
            return None
        with contextlib.suppress(OSError):  # in a store that is only read, it is hashed every time
            if sound:
                seal(path, sha256)
            else:
                path.unlink()
        return path if sound else None

    # --- derived data ------------------------------------------------------------------------------------------------

    def derived_blob(self, kind: DerivedKind, key: str) -> Path:
        """Where the blob of this kind and key is or would be."""
        if not _KEY.fullmatch(key):
            raise InternalError(f"not a key for derived data: {key!r}")
        return Path(blob_place(str(self.root), kind, key))

    def derived(self, kind: DerivedKind, key: str) -> bytes | None:
        """The data kept under this kind and key; None where there is none, or it can't be read, or is damaged."""
        self.derived_blob(kind, key)
        return read_blob(str(self.root), kind, key)

    def keep_derived(self, kind: DerivedKind, key: str, data: bytes) -> None:
        """Keep data under this kind and key; in a store that is full, or only read, nothing happens."""
        path = self.derived_blob(kind, key)
        blob = wrap_blob(data, key)
        with contextlib.suppress(OSError):
            temporary = self._temporary()
            try:
                with temporary.open("xb", buffering=0) as file:
                    if file.write(blob) == len(blob):
                        path.parent.mkdir(parents=True, exist_ok=True)
                        temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)

    def derived_path(self, kind: DerivedKind, key: str) -> Path | None:
        """The file kept under this kind and key, or None; do not write to it."""
        sha256 = (self.derived(kind, key) or b"").decode("ascii", "replace")
        return self.path(sha256) if is_sha256(sha256) else None

    def keep_derived_file(self, kind: DerivedKind, key: str, source: Path) -> Path:
        """Keep a copy of a file under this kind and key, and return where it is.

        Raises UsageError where the store can't be written.
        """
        sha256, path = self.take(source)
        self.keep_derived(kind, key, sha256.encode())
        return path

    def make_derived_file(self, kind: DerivedKind, key: str, write: Callable[[Path], None]) -> Path:
        """Let ``write`` make a file at a path that is free, keep it under this kind and key, and return where it is.

        Raises UsageError where the store can't be written, and whatever ``write`` raises but OSError.
        """
        with self.refusals():
            path = self._temporary()
            try:
                write(path)
                sha256 = hash_file(path)
                kept = self.admit(path, sha256, got=sha256, filename=f"{kind.name} {key}")
            finally:
                path.unlink(missing_ok=True)
        self.keep_derived(kind, key, sha256.encode())
        return kept

    @contextlib.contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Let one process or thread at a time do what is known by this key, such as making what is then kept.

        Where there are no locks, or the store can't be written, nobody waits.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                stack.enter_context(claimed(self._folder("temporary") / f"{key}.lock"))
            yield

    # --- the folder --------------------------------------------------------------------------------------------------

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            # https://bford.info/cachedir/: backups leave out a folder that has this.
            tag = self.root / "CACHEDIR.TAG"
            tag.write_text(
                "Signature: 8a477f597d28d172789f06886806bc55\n# The store of layerwright.\n", "ascii"
            )
        return folder

    def _temporary(self) -> Path:
        """A name in the store that nobody else uses; whoever takes it removes it."""
        name = f"{os.getpid()}-{time.time_ns()}-{next(_numbers)}"
        return self._folder("temporary") / name

    @contextlib.contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn the system's refusals within into a UsageError that says what is wrong with the store."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            owner = _owner(self.root) if isinstance(error, PermissionError) else ""
            hint = _GONE_HINT if isinstance(error, FileNotFoundError) else HINT
            raise UsageError(f"the store at {self.root} can't be used: {reason}{owner}", hint=hint) from error


def is_sha256(text: str) -> bool:
    """Whether a text is a sha256 as the store writes it: 64 small hex digits."""
    return _SHA256.fullmatch(text) is not None


def hash_file(path: Path) -> str:
    """The sha256 of a file, in hex."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _owner(root: Path) -> str:
    """Who else the store belongs to, as the end of a sentence."""
    if not hasattr(os, "geteuid"):
        return ""
    with contextlib.suppress(OSError):
        owner = root.stat().st_uid
        if owner != os.geteuid():
            return f"; it belongs to user {owner}, and you are user {os.geteuid()}"
    return ""
