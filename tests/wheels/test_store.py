"""The store: what arrives is whole, what is damaged is found, and nobody gets in another's way."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwright.errors import IntegrityError, InternalError, UsageError
from layerwright.wheels.claim import claimed
from layerwright.wheels.store import DerivedKind, Store

_KIND = DerivedKind("test", 1)
_DATA = b"the content of a file"
_SHA256 = hashlib.sha256(_DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def _bring(store: Store, data: bytes = _DATA, sha256: str = _SHA256) -> Path:
    with store.incoming(sha256) as incoming:
        incoming.path.write_bytes(data)
        got = hashlib.sha256(data).hexdigest()
        return store.admit(incoming.path, sha256, got=got, filename="file.whl")


def _names(store: Store) -> list[str]:
    return sorted(
        path.name for path in store.root.rglob("*") if path.is_file() and path.name != "CACHEDIR.TAG"
    )


def test_a_file_that_was_admitted_is_there(store: Store) -> None:
    assert store.path(_SHA256) is None
    path = _bring(store)
    assert path.read_bytes() == _DATA
    assert store.path(_SHA256) == path
    assert _names(store) == [_SHA256]


def test_a_file_with_another_hash_is_refused_and_nothing_kept(store: Store) -> None:
    with pytest.raises(IntegrityError) as raised:
        _bring(store, b"something else")
    message = str(raised.value)
    assert "file.whl" in message
    assert _SHA256 in message
    assert hashlib.sha256(b"something else").hexdigest() in message
    assert _names(store) == []


def test_a_warm_file_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _bring(store)
    monkeypatch.setattr("layerwright.wheels.store.hash_file", lambda _: pytest.fail("it was hashed"))
    assert store.path(_SHA256)


def test_a_truncated_file_is_found_and_dropped(store: Store) -> None:
    path = _bring(store)
    os.truncate(path, 5)
    assert store.path(_SHA256) is None
    assert not path.exists()


def test_a_file_of_the_right_time_and_the_wrong_size_is_found(store: Store) -> None:
    path = _bring(store)
    status = path.stat()
    os.truncate(path, 5)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.path(_SHA256) is None


def test_a_changed_file_is_found(store: Store) -> None:
    path = _bring(store)
    path.write_bytes(_DATA[::-1])
    assert store.path(_SHA256) is None


def test_a_sound_file_with_a_broken_seal_is_sealed_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _bring(store)
    os.utime(path)
    assert store.path(_SHA256) == path
    monkeypatch.setattr("layerwright.wheels.store.hash_file", lambda _: pytest.fail("it was hashed twice"))
    assert store.path(_SHA256) == path


def test_what_bit_rot_did_is_found_where_the_file_is_hashed(store: Store) -> None:
    path = _bring(store)
    status = path.stat()
    path.write_bytes(_DATA[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.path(_SHA256) == path
    assert store.hashed_path(_SHA256) is None
    assert not path.exists()


def test_use_moves_the_access_time_once_a_day_and_keeps_the_seal(store: Store) -> None:
    path = _bring(store)
    seal = path.stat().st_mtime_ns
    os.utime(path, ns=(10**9, seal))
    store.path(_SHA256)
    first = path.stat()
    assert time.time() - first.st_atime < 60
    assert first.st_mtime_ns == seal
    os.utime(path, ns=(first.st_atime_ns - 3600 * 10**9, seal))
    store.path(_SHA256)
    assert path.stat().st_atime_ns == first.st_atime_ns - 3600 * 10**9


def test_a_copy_that_keeps_times_keeps_its_trust(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    _bring(store)
    shutil.copytree(store.root, tmp_path / "copy", copy_function=shutil.copy2)
    monkeypatch.setattr("layerwright.wheels.store.hash_file", lambda _: pytest.fail("it was hashed"))
    assert Store(tmp_path / "copy").path(_SHA256)


def test_a_file_is_taken(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(_DATA)
    assert store.take(tmp_path / "a.whl") == (_SHA256, store.path(_SHA256))
    assert (tmp_path / "a.whl").read_bytes() == _DATA
    with pytest.raises(IntegrityError, match=r"a\.whl"):
        store.take(tmp_path / "a.whl", sha256="0" * 64)
    with pytest.raises(UsageError, match=r"gone\.whl can't be read"):
        store.take(tmp_path / "gone.whl")
    assert _names(store) == [_SHA256]


@pytest.mark.parametrize("sha256", ["", "abc", "A" * 64, "../" + "a" * 61])
def test_what_is_no_hash_is_a_bug_of_ours(store: Store, sha256: str) -> None:
    with pytest.raises(InternalError):
        store.path(sha256)


# --- derived data ----------------------------------------------------------------------------------------------------


@given(st.binary(max_size=1000))
def test_derived_data_comes_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    store = Store(tmp_path_factory.mktemp("s"))
    assert store.derived(_KIND, "key-1") is None
    store.keep_derived(_KIND, "key-1", data)
    assert store.derived(_KIND, "key-1") == data
    assert store.derived(_KIND, "key-2") is None
    assert store.derived(DerivedKind("test", 2), "key-1") is None
    store.keep_derived(_KIND, "key-1", b"other")
    assert store.derived(_KIND, "key-1") == b"other"


@given(st.data())
def test_damaged_derived_data_is_a_miss(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    store = Store(tmp_path_factory.mktemp("s"))
    store.keep_derived(_KIND, "key", b"some data")
    path = store.derived_blob(_KIND, "key")
    blob = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(blob) - 1))
    if data.draw(st.booleans()):
        del blob[at:]
    else:
        blob[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(blob)
    assert store.derived(_KIND, "key") is None


def test_a_blob_under_another_key_is_a_miss(store: Store) -> None:
    store.keep_derived(_KIND, "key1", b"data")
    store.derived_blob(_KIND, "key1").rename(store.derived_blob(_KIND, "key2"))
    assert store.derived(_KIND, "key2") is None


@pytest.mark.parametrize("key", ["", ".", "..", "../x", "a/b", "a" * 300, "a\0b"])
def test_what_is_no_key_is_a_bug_of_ours(store: Store, key: str) -> None:
    with pytest.raises(InternalError):
        store.derived(_KIND, key)


def test_derived_files_are_kept_by_content(store: Store, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(_DATA)
    assert store.derived_path(_KIND, "key") is None
    path = store.keep_derived_file(_KIND, "key", tmp_path / "made")
    assert path == store.derived_path(_KIND, "key") == store.path(_SHA256)
    os.truncate(path, 3)
    assert store.derived_path(_KIND, "key") is None


def test_a_derived_file_is_made_whole_or_not_at_all(store: Store) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.make_derived_file(_KIND, "key", fail)
    assert _names(store) == []
    made = store.make_derived_file(_KIND, "key", lambda path: path.write_bytes(_DATA) and None)
    assert made == store.derived_path(_KIND, "key")


# --- claims ----------------------------------------------------------------------------------------------------------


def test_one_at_a_time_has_a_claim(store: Store) -> None:
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with store.incoming(_SHA256) as incoming:
                assert incoming.resumable
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert _names(store) == []


def test_a_claim_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    code = f"""
import pathlib, sys, time
from layerwright.wheels.claim import claimed
with claimed(pathlib.Path({str(lock)!r})) as ours:
    print(ours, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        tries = iter([False, False, True])
        with claimed(lock, stopped=lambda: next(tries)) as ours:
            assert not ours
        process.kill()
        process.wait()
    with claimed(lock, stopped=lambda: False) as ours:
        assert ours


def test_where_there_are_no_locks_each_writes_a_file_of_its_own(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> bool:
        raise NotImplementedError

    monkeypatch.setattr("layerwright.wheels.claim._try_lock", refuse)
    with store.incoming(_SHA256) as one, store.incoming(_SHA256) as other:
        assert one.path != other.path
        assert not one.resumable
    _bring(store)
    assert store.path(_SHA256)


# --- stores that refuse ----------------------------------------------------------------------------------------------

_READ_ONLY = """
import hashlib, os, pathlib, sys
from layerwright.errors import UsageError
from layerwright.wheels.store import DerivedKind, Store
if len(sys.argv) > 2:
    os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
store = Store(pathlib.Path(sys.argv[1]))
sha256 = hashlib.sha256(b"the content of a file").hexdigest()
print(store.path(sha256) is not None, store.derived(DerivedKind("test", 1), "key"))
store.keep_derived(DerivedKind("test", 1), "other", b"")
print(store.derived(DerivedKind("test", 1), "other"))
try:
    with store.incoming("0" * 64):
        print("writable")
except UsageError as error:
    print(error, "|", error.hint)
"""


@pytest.fixture
def readable_everywhere(tmp_path: Path) -> Iterator[Path]:
    """A folder that another user can get to."""
    changed = []
    for folder in (tmp_path, *tmp_path.parents):
        mode = folder.stat().st_mode
        if not mode & 0o001 and folder.stat().st_uid == os.geteuid():
            folder.chmod(mode | 0o011)
            changed.append((folder, mode))
    yield tmp_path
    for folder, mode in changed:
        folder.chmod(mode)


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
@pytest.mark.parametrize("sealed", [True, False])
def test_a_store_that_is_only_read_works_and_says_why_it_does_not_write(
    readable_everywhere: Path, sealed: bool
) -> None:
    root = readable_everywhere / "store"
    store = Store(root)
    path = _bring(store)
    store.keep_derived(_KIND, "key", b"kept")
    if not sealed:
        os.utime(path)
    folders = [root, *(folder for folder in root.rglob("*") if folder.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    stranger = ["65534"] if os.geteuid() == 0 else []
    try:
        done = subprocess.run(
            [sys.executable, "-c", _READ_ONLY, str(root), *stranger],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first == "True b'kept'"
    assert second == "None"
    assert str(root) in third
    assert "Permission denied" in third
    assert "LAYERWRIGHT_CACHE" in third
    if stranger:
        assert "it belongs to user 0, and you are user 65534" in third


def test_a_store_that_is_a_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    store = Store(tmp_path / "store")
    assert store.path(_SHA256) is None
    assert store.derived(_KIND, "key") is None
    with pytest.raises(UsageError, match="can't be used") as raised, store.incoming(_SHA256):
        pass
    assert "LAYERWRIGHT_CACHE" in (raised.value.hint or "")


def _without_room(store: Store, act: Callable[[], object]) -> None:
    """Let every write fail as on a full disk, by a limit on the size of files."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        act()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.skipif(os.name == "nt", reason="the limit is POSIX's")
def test_a_full_disk_is_a_usage_error_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 5000)
    store.keep_derived(_KIND, "key", b"")
    with pytest.raises(UsageError, match=r"store at .* can't be used"):
        _without_room(store, lambda: store.take(tmp_path / "large"))
    _without_room(store, lambda: store.keep_derived(_KIND, "large", b"x" * 5000))
    assert store.derived(_KIND, "large") is None
    assert _names(store) == ["key"]


def test_the_store_says_which_error_it_was(store: Store) -> None:
    with pytest.raises(UsageError, match="No space left on device"), store.refusals():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_store_costs_little_to_import() -> None:
    heavy = ("hashlib", "urllib3", "json", "tempfile", "zipfile", "subprocess", "concurrent.futures", "ssl")
    code = f"import sys, layerwright.wheels.store; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
