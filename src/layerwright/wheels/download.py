"""One file from its URL into the store: tried again, gone on with where it broke off, and hashed on the way."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import urllib3

from layerwright.errors import IntegrityError, NetworkError
from layerwright.resolve.lock import Artifact
from layerwright.wheels.store import Store
from layerwright.wheels.transport import TransientError, Transport

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

ATTEMPTS: Final = 5
"""How often in a row a file may fail without one more byte of it having come."""

_FIRST_WAIT_S: Final = 0.25
_LONGEST_WAIT_S: Final = 20.0
_CHUNK_BYTES: Final = 1 << 18


class StoppedError(Exception):
    """Somebody asked for an end; never leaves ``wheels``."""


class Download:
    """What downloads share: the store, the connections, whether to stop, and who hears of each byte that came."""

    def __init__(
        self, store: Store, transport: Transport, *, stop: threading.Event, advance: Callable[[int], None]
    ) -> None:
        """Keep all four."""
        self._store = store
        self._transport = transport
        self._stop = stop
        self._advance = advance

    def bring(self, artifact: Artifact, sha256: str) -> Path:
        """Return where the file is in the store, after fetching it if no other process has in the meantime.

        Raises NetworkError after several tries, IntegrityError where it is not what was locked (keeping nothing),
        UsageError where the store can't be written, and StoppedError.
        """
        with self._store.incoming(sha256, stopped=self._stop.is_set) as incoming:
            self._check_stop()
            present = self._store.path(sha256)
            if present:
                self._advance(artifact.size_bytes or 0)
                return present
            with _Part(incoming.path, self._store) as part:
                self._complete(part, artifact, sha256)
            return self._store.admit(incoming.path, sha256, got=part.digest, filename=artifact.filename)

    def _complete(self, part: _Part, artifact: Artifact, sha256: str) -> None:
        """Fetch what is missing of a file."""
        # What another process left may be of no use; what came through our own hands is what the server sent.
        inherited = part.size_bytes > 0
        failures = 0
        self._tell(part)
        while True:
            before = part.size_bytes
            try:
                if part.size_bytes != artifact.size_bytes or not part.size_bytes:
                    self._transfer(part, artifact)
            except TransientError as error:
                failures = 1 if part.size_bytes > before else failures + 1
                if failures >= ATTEMPTS:
                    message = f"{artifact.filename} could not be fetched in {ATTEMPTS} tries: {error}"
                    raise NetworkError(
                        message, hint="run the same command again: it goes on where it broke off"
                    ) from error
                self._pause(failures, error.wait_s)
                continue
            if not inherited or part.digest == sha256:
                return
            inherited = False
            part.restart()

    def _transfer(self, part: _Part, artifact: Artifact) -> None:
        """One request for what is missing."""
        response = self._transport.open(artifact.location, offset=part.size_bytes)
        try:
            if response.status == 416 or not _goes_on(response, part.size_bytes):
                part.restart()
            if response.status == 416:
                raise TransientError(f"{artifact.filename}: the server has no more of it than came before")
            for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
                self._check_stop()
                part.append(chunk)
                self._tell(part)
                if artifact.size_bytes is not None and part.size_bytes > artifact.size_bytes:
                    part.discard()
                    raise IntegrityError(
                        f"{artifact.filename}: more came than the {artifact.size_bytes} bytes of the lock; "
                        f"expected sha256 {artifact.sha256}, of what came it is {part.digest}; nothing of it was kept"
                    )
        except urllib3.exceptions.HTTPError as error:
            raise TransientError(str(error)) from error
        finally:
            response.close()
        promised = "Content-Length" in response.headers  # and kept, or there would have been an error
        if not promised and artifact.size_bytes is not None and part.size_bytes < artifact.size_bytes:
            raise TransientError(f"it broke off after {part.size_bytes} of {artifact.size_bytes} bytes")

    def _tell(self, part: _Part) -> None:
        """Let it be known how far the file is; bytes that come a second time are not told."""
        if part.size_bytes > part.told_bytes:
            self._advance(part.size_bytes - part.told_bytes)
            part.told_bytes = part.size_bytes

    def _pause(self, failures: int, wanted_s: float | None) -> None:
        """Wait as long as the server said, or longer with each failure and by chance, so that many don't come back at once."""
        backoff_s = _FIRST_WAIT_S * 2 ** (failures - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        self._stop.wait(min(wanted_s if wanted_s is not None else backoff_s, _LONGEST_WAIT_S))
        self._check_stop()

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise StoppedError


class _Part:
    """The part of a file that is there, and its hash so far; the store explains what the disk refuses."""

    def __init__(self, path: Path, store: Store) -> None:
        """Go on with what is at ``path``, if anything is."""
        self._path = path
        self._store = store
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self.told_bytes = 0
        with store.refusals():
            self._file = path.open("a+b", buffering=0)
            self._file.seek(0)
            while chunk := self._file.read(_CHUNK_BYTES):
                self._hash.update(chunk)
                self.size_bytes += len(chunk)

    def __enter__(self) -> Self:
        """Return the part."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; it stays, for the next try."""
        self._file.close()

    @property
    def digest(self) -> str:
        """The sha256 of what is there, in hex."""
        return self._hash.hexdigest()

    def append(self, chunk: bytes) -> None:
        """Add bytes at the end."""
        rest = memoryview(chunk)
        with self._store.refusals():
            while rest:
                rest = rest[self._file.write(rest) :]
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def restart(self) -> None:
        """Forget what is there."""
        with self._store.refusals():
            self._file.truncate(0)
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def discard(self) -> None:
        """Forget it for good."""
        with self._store.refusals():
            self._file.close()
            self._path.unlink(missing_ok=True)


def _goes_on(response: BaseHTTPResponse, offset: int) -> bool:
    """Whether the response begins where the part ends; a server may ignore the range and send all."""
    if offset == 0:
        return response.status == 200
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return response.status == 206 and match is not None and int(match[1]) == offset
