"""Fetching a lock's wheels: from a server that behaves in every way that servers do, from files, and from the store."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from factories.locks import lock_of, locked_file
from factories.servers import (
    FileServer,
    cut_after,
    file_server,
    instead,
    sent_on,
    slowly,
    status,
    whole,
    without_range,
)
from factories.wheels import wheel_bytes
from layerwright.errors import IntegrityError, NetworkError, OfflineError, UsageError
from layerwright.resolve.lock import LockedPackage
from layerwright.wheels import download
from layerwright.wheels.facts import FactReader
from layerwright.wheels.fetch import fetch
from layerwright.wheels.kept import wheel_facts
from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.transport import Access
from layerwright.wheels.upkeep import Holding, store_info

_FILENAME = "demo-1.0-py3-none-any.whl"
_WHEEL = wheel_bytes(files={"demo/__init__.py": b"", "demo/data.bin": os.urandom(300_000)})
_READER = FactReader(
    kind=DerivedKind("sizes", 1), wants=lambda name, _: name.endswith(".bin"), read=lambda _, d: len(d)
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_FIRST_WAIT_S", 0.01)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


class Counted:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.amounts: list[int] = []
        self.ended = 0

    def begin(self, step: str, total: int | None) -> None:
        assert step == "fetch"
        self.total = total

    def advance(self, step: str, amount: int) -> None:
        self.amounts.append(amount)

    def end(self, step: str) -> None:
        self.ended += 1


def _many(server: FileServer, count: int) -> list[LockedPackage]:
    packages = []
    for number in range(count):
        name = f"pkg{number:02}"
        data = wheel_bytes(name, files={f"{name}.py": bytes([number]) * 1000})
        packages.append(locked_file(data, server.add(f"{name}-1.0-py3-none-any.whl", data), name=name))
    return packages


def test_wheels_come_in_the_order_of_the_lock_and_are_kept(server: FileServer, store: Store) -> None:
    packages = _many(server, 20)
    progress = Counted()
    wheels = fetch(lock_of(packages), store, progress=progress)
    assert [wheel.name for wheel in wheels] == [package.name for package in packages]
    assert all(wheel.path.is_relative_to(store.root) and wheel.record_problems == () for wheel in wheels)
    assert progress.total == sum(progress.amounts) == sum(wheel.size_bytes for wheel in wheels)
    assert progress.ended == 1
    again = fetch(lock_of(packages), store)
    assert again == wheels
    assert len(server.asked) == 20


def test_a_warm_store_is_asked_and_nothing_else(
    server: FileServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = lock_of(_many(server, 2))
    fetch(lock, store)
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("a socket was opened"))
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    assert len(fetch(lock, store, offline=True)) == 2


def test_facts_are_read_once(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))])
    (wheel,) = fetch(lock, store, reader=_READER)
    never = dataclasses.replace(_READER, read=lambda *_: pytest.fail("it was read again"))
    assert wheel_facts(store, wheel, never) == {"demo/data.bin": 300_000}


def test_facts_that_were_not_asked_for_are_read_later(server: FileServer, store: Store) -> None:
    (wheel,) = fetch(lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))]), store)
    assert wheel_facts(store, wheel, _READER) == {"demo/data.bin": 300_000}
    newer = dataclasses.replace(_READER, kind=DerivedKind("sizes", 2), read=lambda *_: "new")
    assert wheel_facts(store, wheel, newer) == {"demo/data.bin": "new"}


@pytest.mark.parametrize(
    "plan",
    [
        [status(503), status(502), whole],
        [status(429, Retry_After="0"), whole],
        [cut_after(100_000), whole],
        [cut_after(100_000), status(503), cut_after(1), cut_after(0), whole],
        [cut_after(100_000), without_range],
        [cut_after(10)] * 12,
        [slowly(chunk_bytes=50_000, pause_s=0.01)],
    ],
    ids=["503", "429", "cut", "often-cut", "no-range", "twelve-cuts", "slow"],
)
def test_a_server_that_stumbles_is_asked_again(server: FileServer, store: Store, plan: list) -> None:  # type: ignore[type-arg]
    progress = Counted()
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, *plan))])
    (wheel,) = fetch(lock, store, progress=progress)
    assert wheel.path.read_bytes() == _WHEEL
    assert sum(progress.amounts) == len(_WHEEL)
    assert min(progress.amounts) > 0


def test_what_came_is_not_fetched_again(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, cut_after(100_000)))])
    fetch(lock, store)
    assert [asked.range for asked in server.asked] == [None, "bytes=100000-"]


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize(
    ("left", "fine"),
    [
        (_WHEEL[:5000], True),
        (_WHEEL, True),
        (b"x" * 5000, False),
        (_WHEEL + b"more", False),
        (b"x" * len(_WHEEL), False),
    ],
    ids=["a part", "all", "other bytes", "too much", "all wrong"],
)
def test_what_a_killed_process_left_is_gone_on_with_and_not_trusted(
    server: FileServer, store: Store, left: bytes, fine: bool, sized: bool
) -> None:
    package = locked_file(_WHEEL, server.add(_FILENAME, _WHEEL), sized=sized)
    with store.incoming(str(package.artifact.sha256)) as incoming:
        incoming.path.write_bytes(left)
    (wheel,) = fetch(lock_of([package]), store)
    assert wheel.path.read_bytes() == _WHEEL
    if fine and sized:
        expected = [] if left == _WHEEL else [f"bytes={len(left)}-"]
        assert [asked.range for asked in server.asked] == expected


@pytest.mark.parametrize(
    "other", [b"<html>a portal</html>", _WHEEL[::-1], _WHEEL + b"more"], ids=["short", "same size", "long"]
)
@pytest.mark.parametrize("sized", [True, False])
def test_other_bytes_are_refused_and_nothing_kept(
    server: FileServer, store: Store, other: bytes, sized: bool
) -> None:
    package = locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, *[instead(other)] * 9), sized=sized)
    with pytest.raises(IntegrityError) as raised:
        fetch(lock_of([package]), store)
    message = str(raised.value)
    assert _FILENAME in message
    assert str(package.artifact.sha256) in message
    got = other[: len(_WHEEL) + 4] if sized else other
    assert hashlib.sha256(got).hexdigest() in message
    info = store_info(store)
    assert (info.files, info.temporary) == (Holding(0, 0), Holding(0, 0))


def test_a_server_that_never_recovers_is_a_network_error(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, *[status(503)] * 9))])
    with pytest.raises(NetworkError, match=rf"{_FILENAME} could not be fetched in 5 tries: .*503") as raised:
        fetch(lock, store)
    assert "goes on where it broke off" in (raised.value.hint or "")
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("code", "hint"),
    [(404, "lock again"), (410, "lock again"), (401, "user and a password"), (403, "user and a password")],
)
def test_a_refusal_is_final(server: FileServer, store: Store, code: int, hint: str) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, *[status(code)] * 9))])
    with pytest.raises(NetworkError, match=str(code)) as raised:
        fetch(lock, store)
    assert hint in (raised.value.hint or "")
    assert len(server.asked) == 1


def test_a_body_of_no_declared_length_that_ends_early_is_gone_on_with(
    server: FileServer, store: Store
) -> None:
    def undeclared(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(data[:1000])
        handler.close_connection = True

    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, undeclared))])
    assert fetch(lock, store)[0].path.read_bytes() == _WHEEL
    assert [asked.range for asked in server.asked] == [None, "bytes=1000-"]


def test_redirects_end_somewhere(server: FileServer, store: Store) -> None:
    location = f"{server.url}/{_FILENAME}"
    server.add(_FILENAME, _WHEEL, *[sent_on(location)] * 99)
    with pytest.raises(NetworkError, match="too many redirects"):
        fetch(lock_of([locked_file(_WHEEL, location)]), store)


def test_nobody_there_is_a_network_error(store: Store) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        lock = lock_of([locked_file(_WHEEL, f"http://127.0.0.1:{taken.getsockname()[1]}/{_FILENAME}")])
        with pytest.raises(NetworkError, match="could not be fetched"):
            fetch(lock, store)


def test_a_server_that_says_nothing_is_a_network_error(server: FileServer, store: Store) -> None:
    plan = [slowly(chunk_bytes=1, pause_s=5)] * 9
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, *plan))])
    with pytest.raises(NetworkError, match="timed out"):
        fetch(lock, store, access=Access(timeout_s=0.05))


def test_one_failure_ends_the_others(server: FileServer, store: Store) -> None:
    packages = _many(server, 3)
    slow = locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, slowly(chunk_bytes=1000, pause_s=0.05)))
    server.plans["/pkg01-1.0-py3-none-any.whl"] = [status(404)]
    begun = time.monotonic()
    with pytest.raises(NetworkError, match="404"):
        fetch(lock_of([slow, *packages]), store)
    assert time.monotonic() - begun < 5


def test_credentials_are_sent_and_never_told(server: FileServer, store: Store) -> None:
    asked: list[str] = []

    def credentials(url: str) -> tuple[str, str]:
        asked.append(url)
        return ("user", "secret")

    location = server.add(_FILENAME, _WHEEL)
    fetch(lock_of([locked_file(_WHEEL, location)]), store, access=Access(credentials=credentials))
    assert server.asked[0].authorization == "Basic dXNlcjpzZWNyZXQ="
    assert asked == [location]
    inside = location.replace("http://", "http://me:p%40ss@")
    server.plans[f"/{_FILENAME}"] = [status(403)]
    with pytest.raises(NetworkError) as raised:
        fetch(lock_of([locked_file(_WHEEL, inside)]), Store(store.root / "other"))
    assert server.asked[1].authorization == "Basic bWU6cEBzcw=="
    assert "p%40ss" not in str(raised.value)
    assert "p@ss" not in str(raised.value)
    assert "refused" in (raised.value.hint or "")


def test_credentials_do_not_follow_to_another_host(server: FileServer, store: Store) -> None:
    with file_server() as other:
        elsewhere = other.add(_FILENAME, _WHEEL).replace("127.0.0.1", "localhost")
        location = server.add(_FILENAME, _WHEEL, sent_on(elsewhere)).replace("http://", "http://user:secret@")
        (wheel,) = fetch(lock_of([locked_file(_WHEEL, location)]), store)
        assert wheel.name == "demo"
        assert server.asked[0].authorization
        assert other.asked[0].authorization is None


def test_a_proxy_of_the_environment_is_used(
    server: FileServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    server.files[f"http://index.invalid/{_FILENAME}"] = _WHEEL  # what a proxy is asked is the whole URL
    (wheel,) = fetch(lock_of([locked_file(_WHEEL, f"http://index.invalid/{_FILENAME}")]), store)
    assert wheel.name == "demo"
    monkeypatch.setenv("no_proxy", "index.invalid")
    with pytest.raises(NetworkError):
        fetch(
            lock_of([locked_file(_WHEEL, f"http://index.invalid/{_FILENAME}")]), Store(store.root / "other")
        )


def test_a_proxy_that_cannot_be_used_is_a_usage_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://user:secret@localhost:1")
    with pytest.raises(UsageError, match="socks5://localhost:1") as raised:
        fetch(lock_of([locked_file(_WHEEL, f"http://index.invalid/{_FILENAME}")]), store)
    assert "secret" not in str(raised.value)


def test_a_bundle_that_is_not_there_is_a_usage_error(
    server: FileServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/not/there.pem")
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE names /not/there\.pem, and no certificates"):
        fetch(lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))]), store)


@pytest.mark.parametrize("form", ["path", "url"])
def test_files_of_this_machine_are_taken(store: Store, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    path = folder / _FILENAME
    path.write_bytes(_WHEEL)
    package = locked_file(_WHEEL, str(path) if form == "path" else path.as_uri())
    (wheel,) = fetch(lock_of([package]), store, offline=True)
    assert wheel.path.read_bytes() == _WHEEL
    path.unlink()
    assert fetch(lock_of([package]), store) == (wheel,)


def test_a_file_of_this_machine_that_changed_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / _FILENAME).write_bytes(_WHEEL[:-1])
    with pytest.raises(IntegrityError, match=_FILENAME):
        fetch(lock_of([locked_file(_WHEEL, str(tmp_path / _FILENAME))]), store)
    with pytest.raises(UsageError, match="can't be read"):
        fetch(lock_of([locked_file(_WHEEL, str(tmp_path / "gone" / _FILENAME))]), store)


def test_offline_all_that_is_missing_is_named(
    server: FileServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = _many(server, 3)
    fetch(lock_of(packages[:1]), store)
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("a socket was opened"))
    with pytest.raises(OfflineError) as raised:
        fetch(lock_of(packages), store, offline=True)
    assert "lacks 2 files: pkg01-1.0-py3-none-any.whl, pkg02-1.0-py3-none-any.whl" in str(raised.value)


def test_a_file_that_went_bad_in_the_store_is_fetched_again(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))])
    (wheel,) = fetch(lock, store)
    os.truncate(wheel.path, 1000)
    with pytest.raises(OfflineError):
        fetch(lock, store, offline=True)
    assert fetch(lock, store)[0].path.read_bytes() == _WHEEL
    assert len(server.asked) == 2


def test_bit_rot_is_found_before_a_wheel_is_read(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))])
    (wheel,) = fetch(lock, store)
    seal = wheel.path.stat()
    wheel.path.write_bytes(_WHEEL[:1000] + b"\0" * (len(_WHEEL) - 1000))
    os.utime(wheel.path, ns=(seal.st_atime_ns, seal.st_mtime_ns))
    store.derived_blob(DerivedKind("wheel", 1), wheel.sha256).unlink()
    assert fetch(lock, store) == (wheel,)
    assert wheel.path.read_bytes() == _WHEEL


def test_what_was_read_is_read_again_where_it_is_damaged(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))])
    wheels = fetch(lock, store)
    for path in (store.root / "derived").rglob("*"):
        if path.is_file():
            os.truncate(path, 20)
    assert fetch(lock, store, offline=True) == wheels


def test_a_damaged_wheel_with_the_right_hash_is_refused(server: FileServer, store: Store) -> None:
    bad = _WHEEL.replace(b"demo-1.0.dist-info/WHEEL", b"demo-1.0.dist-info/WHOOP")
    with pytest.raises(IntegrityError, match=f"{_FILENAME}: .*WHEEL is missing"):
        fetch(lock_of([locked_file(bad, server.add(_FILENAME, bad))]), store)


def test_a_wheel_of_another_package_is_refused(server: FileServer, store: Store) -> None:
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL), name="other")])
    for _ in range(2):
        with pytest.raises(IntegrityError, match="holds the package demo, and the lock has it as other"):
            fetch(lock, store)


def test_a_file_of_the_network_without_a_hash_is_refused(server: FileServer, store: Store) -> None:
    package = locked_file(_WHEEL, server.add(_FILENAME, _WHEEL))
    unhashed = dataclasses.replace(package, artifact=dataclasses.replace(package.artifact, sha256=None))
    with pytest.raises(IntegrityError, match="gives no sha256"):
        fetch(lock_of([unhashed]), store)
    assert server.asked == []


@pytest.mark.parametrize("sha256", ["", "abc", "Z" * 64, "A" * 64])
def test_a_hash_that_is_none_is_a_usage_error(store: Store, sha256: str) -> None:
    package = locked_file(_WHEEL, f"http://index.invalid/{_FILENAME}")
    other = dataclasses.replace(package, artifact=dataclasses.replace(package.artifact, sha256=sha256))
    with pytest.raises(UsageError, match=f"{_FILENAME}: the lock gives '{sha256}' for its sha256"):
        fetch(lock_of([other]), store)


def test_an_empty_lock_has_no_wheels(store: Store) -> None:
    assert fetch(lock_of([]), store) == ()
    assert not store.root.exists()


def test_two_fetches_at_once_ask_once(server: FileServer, store: Store) -> None:
    plan = slowly(chunk_bytes=30_000, pause_s=0.02)
    lock = lock_of([locked_file(_WHEEL, server.add(_FILENAME, _WHEEL, plan, plan))])
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch(lock, Store(store.root)))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert found[0] == found[1] == found[2]
    assert len(server.asked) == 1
