"""What is read of a wheel, and which wheels are refused."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path

import pytest

from factories.wheels import wheel_bytes, wheel_filename, zip_bytes
from layerwright.errors import IntegrityError
from layerwright.wheels import inflate
from layerwright.wheels.facts import FactReader, ReadWheel
from layerwright.wheels.read import read_wheel
from layerwright.wheels.store import DerivedKind
from layerwright.wheels.wheel import EntryPoint, Member

_TAGS = ("cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64")
_SIZES = FactReader(
    kind=DerivedKind("sizes", 1),
    wants=lambda _, head: head.startswith(b"\x7fELF"),
    read=lambda _, data: len(data),
)


def _read(
    folder: Path, data: bytes, filename: str = "demo-1.0-py3-none-any.whl", **rest: object
) -> ReadWheel:
    path = folder / "a-file-of-the-store"
    path.write_bytes(data)
    return read_wheel(path, filename=filename, sha256="0" * 64, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_all_of_a_wheel_is_read(tmp_path: Path, workers: int) -> None:
    files = {
        "demo/__init__.py": b"",
        "demo/_native.so": b"\x7fELF" + b"n" * 5000,
        "demo/run.sh": b"#!/bin/sh\n",
    }
    data = wheel_bytes(
        files=files,
        tags=_TAGS,
        purelib=False,
        requires=["other>=1"],
        requires_python=">=3.11",
        license_expression="MIT",
        entry_points="[console_scripts]\ndemo = demo:main\n",
        modes={"demo/run.sh": 0o755},
        stored=["demo/run.sh"],
    )
    wheel, facts = _read(tmp_path, data, wheel_filename(tags=_TAGS), reader=_SIZES, workers=workers)
    assert (wheel.name, wheel.version, wheel.tags, wheel.root_is_purelib) == ("demo", "1.0", _TAGS, False)
    assert (wheel.requires, wheel.requires_python, wheel.license) == (("other>=1",), ">=3.11", "MIT")
    assert wheel.entry_points == (EntryPoint("demo", "demo", "main"),)
    assert wheel.dist_info == "demo-1.0.dist-info"
    assert wheel.size_bytes == len(data)
    assert wheel.record_problems == ()
    assert facts == {"demo/_native.so": 5004}
    members = {member.name: member for member in wheel.members}
    assert [*members][:3] == [*files]
    script = members["demo/run.sh"]
    assert (script.mode, script.method, script.size_bytes) == (0o755, 0, 10)
    assert data[script.offset :][:10] == b"#!/bin/sh\n"
    assert isinstance(script, Member)


def test_directories_are_no_members(tmp_path: Path) -> None:
    wheel = _read(tmp_path, wheel_bytes(files={"demo/": b"", "demo/a.py": b""})).wheel
    assert "demo/" not in {member.name for member in wheel.members}


def test_record_is_held_against_the_members(tmp_path: Path) -> None:
    data = wheel_bytes(
        files={"a.py": b"1", "b.py": b"2"},
        record={"a.py": None, "b.py": "sha256=AAAA,7"},
        record_extra=["gone.py,,"],
        unrecorded={"extra.py": b"3"},
    )
    assert _read(tmp_path, data).wheel.record_problems == (
        ("a.py", "not-recorded"),
        ("b.py", "hash"),
        ("b.py", "size"),
        ("extra.py", "not-recorded"),
        ("gone.py", "missing"),
    )


def test_a_wheel_without_record_is_read(tmp_path: Path) -> None:
    wheel = _read(tmp_path, wheel_bytes(dist_info_files={"RECORD": None})).wheel
    assert wheel.record_problems == (("demo-1.0.dist-info/RECORD", "missing"),)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/passwd",
        "a/../../b",
        "..",
        "a\\b",
        "C:/x",
        "c:x",
        "nul\0byte",
        "a//b",
        "./a",
        "a/.",
        "x/../",
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(IntegrityError, match="would leave the folder") as raised:
        _read(tmp_path, wheel_bytes(unrecorded={name: b"evil"}))
    assert repr(name) in str(raised.value)
    assert "demo-1.0-py3-none-any.whl" in str(raised.value)


def _with(data: bytes, find: bytes, replace: bytes) -> bytes:
    assert data.count(find) >= 1
    return data.replace(find, replace)


_PLAIN = wheel_bytes(stored=["demo.py"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_PLAIN[:-100], "not a zip, or cut off"),
        (_PLAIN[:200] + _PLAIN[300:], "end record|local header|would"),
        (b"", "not a zip"),
        (_with(_PLAIN, b"answer = 42", b"answer = 43"), "demo.py: its CRC is"),
        (wheel_bytes(dist_info_files={"METADATA": None}), "METADATA is missing"),
        (wheel_bytes(dist_info_files={"WHEEL": None}), "WHEEL is missing"),
        (wheel_bytes(dist_info="other-1.0.dist-info"), "dist-info folder is other-1.0"),
        (wheel_bytes(dist_info="demo-2.0.dist-info"), "expected demo-1.0.dist-info"),
        (
            wheel_bytes("other", dist_info="demo-1.0.dist-info"),
            "METADATA says other 1.0, its file name demo 1.0",
        ),
        (wheel_bytes(version="2.0", dist_info="demo-1.0.dist-info"), "METADATA says demo 2.0"),
        (wheel_bytes(files={"more-1.dist-info/METADATA": b""}), "found demo-1.0.dist-info, more-1.dist-info"),
        (zip_bytes({"a.py": b""}), "found none"),
        (wheel_bytes(dist_info_files={"RECORD": b'"'}), "RECORD can't be read"),
        (zip_bytes([("a", b"1"), ("a", b"2")]), "stands twice in it, with different content"),
    ],
)
def test_a_wheel_that_cannot_be_trusted_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(IntegrityError, match=message) as raised:
        _read(tmp_path, data)
    assert "demo-1.0-py3-none-any.whl" in str(raised.value)


def test_versions_and_names_may_be_written_differently(tmp_path: Path) -> None:
    data = wheel_bytes("My.Pkg", "1.0+local", dist_info="my_pkg-1.0+local.dist-info")
    assert _read(tmp_path, data, "my_pkg-1.0_local-py3-none-any.whl").wheel.name == "My.Pkg"


def test_a_member_that_stands_twice_with_one_content_is_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel_bytes())) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    wheel = _read(tmp_path, zip_bytes([*members, members[0]])).wheel
    assert len(wheel.members) == len(members)
    assert wheel.record_problems == ()


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(_PLAIN)
    at = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[at + 8] |= 1
    with pytest.raises(IntegrityError, match=r"demo\.py is encrypted"):
        _read(tmp_path, bytes(data))


def test_what_a_reader_raises_comes_out(tmp_path: Path) -> None:
    def fail(name: str, _: object) -> object:
        raise ZeroDivisionError(name)

    reader = FactReader(kind=DerivedKind("x", 1), wants=lambda *_: True, read=fail)
    files = {f"m{number}.py": b"x" * number for number in range(200)}
    with pytest.raises(ZeroDivisionError):
        _read(tmp_path, wheel_bytes(files=files), reader=reader, workers=3)


def test_what_is_in_memory_at_one_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerwright.wheels.visit._MOST_IN_FLIGHT_BYTES", 3000)
    turn, held, most = threading.Lock(), 0, 0

    def look(_: str, data: bytes | bytearray | memoryview) -> object:
        nonlocal held, most
        with turn:
            held += len(data)
            most = max(most, held)
        threading.Event().wait(0.002)
        with turn:
            held -= len(data)
        return None

    reader = FactReader(kind=DerivedKind("x", 1), wants=lambda name, _: name.endswith(".so"), read=look)
    files = {f"m{number}.so": bytes([number]) * 1000 for number in range(40)}
    assert len(_read(tmp_path, wheel_bytes(files=files), reader=reader, workers=8).facts) == 40
    assert 1000 <= most <= 3000


def test_a_large_binary_is_given_to_the_reader_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflate, "LARGE_BYTES", 1000)
    data = wheel_bytes(files={"big.so": b"\x7fELF" + bytes(range(256)) * 40})
    assert _read(tmp_path, data, reader=_SIZES).facts == {"big.so": 10244}
