"""The store looked over, cleaned and verified."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.upkeep import Holding, clean_store, store_info, verify_store

_KIND = DerivedKind("test", 1)
_DAY_S = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    for number in range(3):
        source = tmp_path / f"file-{number}"
        source.write_bytes(bytes([number]) * 100)
        store.keep_derived_file(_KIND, f"key-{number}", source)
    return store


def _paths(store: Store) -> list[Path]:
    return [path for _ in range(3) if (path := store.derived_path(_KIND, f"key-{_}"))]


def test_a_store_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    info = store_info(store)
    assert (info.files, info.derived, info.temporary) == (Holding(0, 0), (), Holding(0, 0))
    assert clean_store(store) == Holding(0, 0)
    assert verify_store(store).checked == Holding(0, 0)
    assert not store.root.exists()


def test_what_is_held_is_counted(store: Store) -> None:
    store.keep_derived(DerivedKind("another", 7), "key", b"")
    info = store_info(store)
    assert info.root == store.root
    assert info.files == Holding(3, 300)
    assert [(kind, holding.files) for kind, holding in info.derived] == [("another-7", 1), ("test-1", 3)]


def test_a_sound_store_verifies(store: Store) -> None:
    verified = verify_store(store)
    assert (verified.dropped, verified.kept_damaged) == ((), ())
    assert verified.checked.files == 6
    assert len(_paths(store)) == 3


def test_what_is_corrupt_goes(store: Store) -> None:
    damaged = _paths(store)[1]
    status = damaged.stat()
    damaged.write_bytes(b"x" * 100)
    os.utime(damaged, ns=(status.st_atime_ns, status.st_mtime_ns))
    blob = store.derived_blob(_KIND, "key-2")
    blob.write_bytes(blob.read_bytes()[:-1])
    stray = store.root / "files" / "zz"
    stray.mkdir()
    (stray / "not-a-hash").write_bytes(b"")
    assert verify_store(store).dropped == tuple(
        sorted(path.relative_to(store.root).as_posix() for path in (damaged, blob, stray / "not-a-hash"))
    )
    assert verify_store(store).dropped == ()
    assert len(_paths(store)) == 1


def test_everything_goes(store: Store) -> None:
    assert clean_store(store).files == 6
    assert store_info(store).files == Holding(0, 0)
    assert _paths(store) == []


def test_what_was_not_used_goes(store: Store) -> None:
    old_ns = int((time.time() - 40 * _DAY_S) * 10**9)
    for path in (_paths(store)[0], store.derived_blob(_KIND, "key-0")):
        os.utime(path, ns=(old_ns, min(old_ns, path.stat().st_mtime_ns)))
    assert clean_store(store, unused_days=41).files == 0
    assert clean_store(store, unused_days=30).files == 2
    assert len(_paths(store)) == 2


def test_use_keeps_it(store: Store) -> None:
    old_ns = int((time.time() - 40 * _DAY_S) * 10**9)
    for path in (_paths(store)[0], store.derived_blob(_KIND, "key-0")):
        os.utime(path, ns=(old_ns, min(old_ns, path.stat().st_mtime_ns)))
    store.derived_path(_KIND, "key-0")
    assert clean_store(store, unused_days=30).files == 0


def test_what_somebody_fetches_now_stays_and_what_nobody_does_goes(store: Store) -> None:
    with store.incoming("a" * 64) as incoming:
        incoming.path.write_bytes(b"half")
        clean_store(store)
        assert incoming.path.exists()
    assert clean_store(store).files == 1
    assert store_info(store).temporary == Holding(0, 0)


def test_what_a_killed_process_left_goes_after_a_day(store: Store) -> None:
    left = store.root / "temporary" / "123-456-789-0"
    left.write_bytes(b"half")
    clean_store(store)
    assert left.exists()
    os.utime(left, (0, 0))
    clean_store(store)
    assert not left.exists()
