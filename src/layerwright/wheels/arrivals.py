"""Files of a lock as they arrive in the store: those that are there, those of this machine, those of the network."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.errors import IntegrityError
from layerwright.resolve.lock import Artifact
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.wheels.download import Download
    from layerwright.wheels.transport import Access

CONNECTIONS: Final = 8

_LOOK_UP_S: Final = 0.1


class Arrival(NamedTuple):
    """A file that is in the store now; ``key`` is what the caller knows it by."""

    key: int
    sha256: str
    path: Path


def is_remote(artifact: Artifact) -> bool:
    """Whether an artifact is fetched over the network."""
    scheme, separator, _ = artifact.location.partition("://")
    return bool(separator) and scheme != "file"


def local_path(artifact: Artifact) -> Path:
    """The path of an artifact of this machine, given as a path or a file URL."""
    if not artifact.location.startswith("file://"):
        return Path(artifact.location)
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(artifact.location)
    host = f"//{parts.netloc}" if os.name == "nt" and parts.netloc not in ("", "localhost") else ""
    return Path(url2pathname(host + parts.path))


def arrivals(
    artifacts: Mapping[int, Artifact], store: Store, *, access: Access | None, advance: Callable[[int], None]
) -> Generator[Arrival, None, None]:
    """Yield each artifact as soon as it is in the store, the ones of this machine first, the network's as they come.

    ``advance`` hears of bytes, from several threads. When the generator is closed, for whatever reason, the downloads stop.
    Raises what ``Download.bring`` and ``Store.take`` raise, and IntegrityError for a file of the network without a hash.
    """
    remote: dict[int, Artifact] = {}
    for key, artifact in artifacts.items():
        path = store.hashed_path(artifact.sha256) if artifact.sha256 else None
        if path and artifact.sha256:
            advance(artifact.size_bytes or 0)
            yield Arrival(key, artifact.sha256, path)
        elif is_remote(artifact):
            if not artifact.sha256:
                raise IntegrityError(
                    f"{artifact.filename}: the lock gives no sha256 for it",
                    hint="lock again; what comes from a network is never used unchecked",
                )
            remote[key] = artifact
        else:
            yield Arrival(key, *store.take(local_path(artifact), sha256=artifact.sha256))
            advance(artifact.size_bytes or 0)
    if remote:
        yield from _from_network(remote, store, access=access, advance=advance)


def _from_network(
    artifacts: Mapping[int, Artifact], store: Store, *, access: Access | None, advance: Callable[[int], None]
) -> Iterator[Arrival]:
    """Fetch on several threads, the largest file first; they are daemons, so that none holds up an exit."""
    from layerwright.wheels.download import Download
    from layerwright.wheels.transport import Access, Transport

    stop = threading.Event()
    download = Download(store, Transport(access or Access()), stop=stop, advance=advance)
    waiting = deque(sorted(artifacts.items(), key=lambda item: item[1].size_bytes or 0, reverse=True))
    done: SimpleQueue[Arrival | BaseException] = SimpleQueue()
    threads = [
        threading.Thread(target=_work, args=(waiting, download, done, stop), daemon=True)
        for _ in range(min(CONNECTIONS, len(waiting)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in artifacts:
            arrived = _next(done)
            if isinstance(arrived, BaseException):
                raise arrived
            yield arrived
    finally:
        stop.set()


def _next(done: SimpleQueue[Arrival | BaseException]) -> Arrival | BaseException:
    """The next to arrive; waking now and then is what lets Ctrl-C through on Windows."""
    while True:
        try:
            return done.get(timeout=_LOOK_UP_S)
        except Empty:
            continue


def _work(
    waiting: deque[tuple[int, Artifact]],
    download: Download,
    done: SimpleQueue[Arrival | BaseException],
    stop: threading.Event,
) -> None:
    """Fetch files until there are no more, or an end is asked for."""
    while not stop.is_set():
        try:
            key, artifact = waiting.popleft()
        except IndexError:
            return
        try:
            done.put(Arrival(key, str(artifact.sha256), download.bring(artifact, str(artifact.sha256))))
        except BaseException as error:  # it is the main thread's to raise
            done.put(error)
            return
