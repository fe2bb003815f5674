"""Fetching by processes: killed at any moment, interrupted, two at once, and on a disk that is full."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories.locks import lock_of, locked_file
from factories.servers import FileServer, file_server, slowly
from factories.wheels import wheel_bytes
from layerwright.wheels.fetch import fetch
from layerwright.wheels.store import Store
from layerwright.wheels.upkeep import verify_store

_FILENAME = "demo-1.0-py3-none-any.whl"
_WHEEL = wheel_bytes(files={"demo/data.bin": random.Random(1).randbytes(2_000_000)}, stored=["demo/data.bin"])
_SCRIPT = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from layerwright.errors import LayerwrightError
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.targets import parse_target
from layerwright.wheels.fetch import fetch
from layerwright.wheels.store import Store
artifact = Artifact(kind=ArtifactKind.WHEEL, filename={_FILENAME!r}, location=sys.argv[2], size_bytes={len(_WHEEL)},
                    sha256={hashlib.sha256(_WHEEL).hexdigest()!r})
lock = Lock(target=parse_target("python3.11-x86_64"),
            packages=(LockedPackage(name="demo", version="1.0", artifact=artifact),))
print("begun", flush=True)
try:
    print(fetch(lock, Store(Path(sys.argv[1])))[0].path)
except LayerwrightError as error:
    sys.exit(f"{{error}} | {{error.hint}}")
"""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


def _start(store: Path, url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(store), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def _wait_for(condition: object, timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def _partial(store: Path) -> Path:
    return store / "temporary" / hashlib.sha256(_WHEEL).hexdigest()


def _partial_bytes(store: Path) -> int:
    path = _partial(store)
    return path.stat().st_size if path.exists() else 0


def test_a_download_that_was_killed_goes_on_where_it_was(server: FileServer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    url = server.add(_FILENAME, _WHEEL, slowly(chunk_bytes=20_000, pause_s=0.02))
    with _start(store, url) as process:
        _wait_for(lambda: _partial_bytes(store) > 300_000)
        process.kill()
        process.communicate()
    held = _partial_bytes(store)
    assert 300_000 < held < len(_WHEEL)
    assert Store(store).path(hashlib.sha256(_WHEEL).hexdigest()) is None
    (wheel,) = fetch(lock_of([locked_file(_WHEEL, url)]), Store(store))
    assert wheel.path.read_bytes() == _WHEEL
    assert server.asked[-1].range == f"bytes={held}-"
    assert list((store / "temporary").iterdir()) == []


def test_a_store_stays_sound_whenever_its_user_is_killed(server: FileServer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    url = server.add(_FILENAME, _WHEEL)
    for step in range(8):
        with _start(store, url) as process:
            time.sleep(0.02 + 0.035 * step)
            process.kill()
            process.communicate()
        assert verify_store(Store(store)).dropped == ()
    (wheel,) = fetch(lock_of([locked_file(_WHEEL, url)]), Store(store))
    assert wheel.path.read_bytes() == _WHEEL


@pytest.mark.skipif(os.name == "nt", reason="the signal is POSIX's")
def test_an_interrupt_stops_at_once_and_keeps_what_came(server: FileServer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    url = server.add(_FILENAME, _WHEEL, slowly(chunk_bytes=100_000, pause_s=0.3))
    with _start(store, url) as process:
        _wait_for(lambda: _partial_bytes(store) > 100_000)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, errors = process.communicate(timeout=20)
    assert time.monotonic() - begun < 2
    assert "KeyboardInterrupt" in errors
    assert errors.count("Traceback") == 1
    assert _partial_bytes(store) > 100_000


def test_two_processes_fetch_a_file_once(server: FileServer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    slow = slowly(chunk_bytes=50_000, pause_s=0.01)
    url = server.add(_FILENAME, _WHEEL, slow, slow, slow)
    processes = [_start(store, url) for _ in range(3)]
    found = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert len(found) == 1
    assert Path(found.pop()).read_bytes() == _WHEEL
    assert len(server.asked) == 1


def test_who_waits_goes_on_when_the_one_it_waits_for_is_killed(server: FileServer, tmp_path: Path) -> None:
    store = tmp_path / "store"
    url = server.add(_FILENAME, _WHEEL, slowly(chunk_bytes=20_000, pause_s=0.05))
    with _start(store, url) as first:
        _wait_for(lambda: _partial_bytes(store) > 40_000)
        with _start(store, url) as second:
            time.sleep(0.3)
            assert second.poll() is None
            first.kill()
            first.communicate()
            output, errors = second.communicate(timeout=60)
    assert Path(output.strip()).read_bytes() == _WHEEL, errors
    assert server.asked[-1].range is not None


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_says_so_and_a_later_try_goes_on(server: FileServer, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        url = server.add(_FILENAME, _WHEEL)
        _, errors = _start(disk / "store", url).communicate(timeout=60)
        assert f"the store at {disk / 'store'} can't be used: No space left on device" in errors
        assert "LAYERWRIGHT_CACHE" in errors
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        output, errors = _start(disk / "store", url).communicate(timeout=60)
        assert Path(output.strip()).read_bytes() == _WHEEL, errors
        assert server.asked[-1].range is not None
    finally:
        subprocess.run(["umount", str(disk)], check=True)
