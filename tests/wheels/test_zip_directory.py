"""The reader of zip directories, against bytes that zipfile wrote, and against bytes that were spoilt."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories.wheels import zip_bytes
from layerwright.errors import IntegrityError
from layerwright.wheels.zip_directory import ZipDirectory, ZipProblemKind, read_zip_directory

_NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


def _read(data: bytes) -> ZipDirectory:
    return read_zip_directory(io.BytesIO(data), name="x.zip")


def _kinds(data: bytes) -> list[str]:
    return [problem.kind.value for problem in _read(data).problems]


@given(st.dictionaries(_NAMES, st.binary(max_size=200), max_size=8), st.booleans())
def test_members_are_where_zipfile_put_them(members: dict[str, bytes], stored: bool) -> None:
    data = zip_bytes(members, stored=members if stored else ())
    directory = _read(data)
    assert directory.problems == ()
    assert [member.name for member in directory.members] == list(members)
    for member, content in zip(directory.members, members.values(), strict=True):
        raw = data[member.offset : member.offset + member.compressed_bytes]
        assert (raw if member.method == 0 else zlib.decompress(raw, -15)) == content
        assert (member.size_bytes, member.crc32) == (len(content), zlib.crc32(content))
        assert member.unix_mode == 0o100644


def test_a_member_written_to_a_stream_has_its_sums_in_the_directory() -> None:
    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a", b"content" * 10)
    (member,) = _read(stream.data).members
    assert member.flags & 8
    assert zlib.decompress(stream.data[member.offset :][: member.compressed_bytes], -15) == b"content" * 10
    assert _kinds(stream.data) == []


def test_zip64_sizes_and_ends_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        with archive.open("big", "w", force_zip64=True) as file:
            file.write(b"x" * 1000)
        for number in range(70_000):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    directory = _read(buffer.getvalue())
    assert len(directory.members) == 70_001
    assert directory.members[0].size_bytes == 1000
    assert directory.problems == ()


def test_a_central_header_may_leave_sizes_and_offset_to_zip64() -> None:
    data = zip_bytes({"a": b"first"}, stored=["a"])
    at = data.index(b"PK\x01\x02")
    header = bytearray(data[at : data.index(b"PK\x05\x06")])
    struct.pack_into("<2L", header, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", header, 30, 4 + 24)
    struct.pack_into("<L", header, 42, 0xFFFFFFFF)
    header += struct.pack("<2H3Q", 1, 24, 5, 5, 0)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(header), at, 0)
    (member,) = _read(data[:at] + bytes(header) + end).members
    assert (member.size_bytes, member.compressed_bytes, member.header_offset) == (5, 5, 0)
    assert data[member.offset :][:5] == b"first"


def test_bytes_before_and_behind_are_told() -> None:
    data = zip_bytes({"a": b"first"}, stored=["a"])
    directory = _read(b"#!/bin/sh\n" + data + b"rest")
    assert {problem.kind for problem in directory.problems} == {
        ZipProblemKind.LEADING_DATA,
        ZipProblemKind.TRAILING_DATA,
    }
    assert directory.members[0].offset == 10 + _read(data).members[0].offset


def test_a_comment_is_no_trailing_data() -> None:
    buffer = io.BytesIO(zip_bytes({"a": b""}))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"a comment with PK\x05\x06 in it"
    assert _kinds(buffer.getvalue()) == []


def _patched(data: bytes, at: int, layout: str, value: int) -> bytes:
    spoilt = bytearray(data)
    struct.pack_into(layout, spoilt, at, value)
    return bytes(spoilt)


_TWO = zip_bytes({"first": b"content one", "second": b"content two"}, stored=["first", "second"])
_SECOND_LOCAL = _TWO.index(b"PK\x03\x04", 4)
_CENTRAL = _TWO.index(b"PK\x01\x02")
_SECOND_CENTRAL = _TWO.index(b"PK\x01\x02", _CENTRAL + 4)
_END = _TWO.index(b"PK\x05\x06")


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (zip_bytes([("a", b"1"), ("b", b""), ("a", b"2")]), ["duplicate-name"]),
        (_patched(_TWO, _SECOND_LOCAL + 14, "<L", 1), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_LOCAL + 22, "<L", 1), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_LOCAL + 8, "<H", 8), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_LOCAL + 6, "<H", 1), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_LOCAL + 30, "<B", ord("S")), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_LOCAL, "<L", 0), ["local-header-differs"]),
        (_patched(_TWO, _SECOND_CENTRAL + 42, "<L", len(_TWO)), ["beyond-file"]),
        (_patched(_TWO, _SECOND_CENTRAL + 20, "<L", len(_TWO)), ["beyond-file"]),
        (_patched(_TWO, _SECOND_CENTRAL + 42, "<L", 0), ["local-header-differs", "overlap"]),
        (_patched(_TWO, _END + 10, "<H", 3), ["count-differs"]),
        (_patched(zip_bytes({"ä": b""}), zip_bytes({"ä": b""}).index(b"PK\x01\x02") + 46, "<B", 0xFF),
         ["local-header-differs", "name-encoding"]),
    ],
)  # fmt: skip
def test_what_is_odd_is_a_value(data: bytes, kinds: list[str]) -> None:
    assert sorted(_kinds(data)) == kinds


def test_members_that_share_their_bytes_overlap() -> None:
    one = zip_bytes({"a": b"zeros" * 100}, stored=["a"])
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    header = one[at:end]
    directory = header * 3
    data = one[:at] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, len(directory), at, 0)
    assert _kinds(data).count("overlap") == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a zip"),
        (b"<html>not found</html>", "not a zip"),
        (_TWO[:-30], "not a zip"),
        (_TWO[_SECOND_LOCAL:], "behind its own end record"),
        (_patched(_TWO, _END + 12, "<L", 50), "damaged|cut off"),
        (_patched(_TWO, _CENTRAL + 28, "<H", 60000), "cut off"),
        (_patched(_TWO, _CENTRAL, "<L", 1), "damaged at byte 0"),
        (_patched(_TWO, _END + 4, "<H", 1), "several disks"),
        (_patched(_TWO, _END + 12, "<L", 0x7FFFFFFF), "directory of 2147483647 bytes"),
    ],
)
def test_what_has_no_readable_directory_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(IntegrityError, match=message) as raised:
        _read(data)
    assert "x.zip" in str(raised.value)


@pytest.mark.parametrize("claimed", [4, 2])
def test_no_more_members_are_read_than_are_allowed(claimed: int) -> None:
    data = zip_bytes(dict.fromkeys(["first.py", "second.py", "third.py", "fourth.py"], "x"))
    lying = data[:-12] + struct.pack("<H", claimed) + data[-10:]
    with pytest.raises(IntegrityError, match="the most that is read"):
        read_zip_directory(io.BytesIO(lying), name="it", max_members=3)
    assert len(read_zip_directory(io.BytesIO(data), name="it", max_members=4).members) == 4


def test_a_missing_zip64_end_record_is_an_error() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 1 << 62, 1)
    with pytest.raises(IntegrityError, match="ZIP64 end record is missing"):
        _read(b"x" * 100 + locator + end)


@settings(max_examples=300)
@given(st.data())
def test_no_bytes_make_it_fail_otherwise(data: st.DataObject) -> None:
    spoilt = bytearray(_TWO)
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(spoilt)))
    _must_be_read_or_refused(_read, bytes(spoilt[:cut]))
    _must_be_read_or_refused(_read, bytes(spoilt))


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_no_end_record_makes_it_fail_otherwise(body: bytes, end: bytes) -> None:
    _must_be_read_or_refused(
        _read, body + b"PK\x01\x02" + body + b"PK\x06\x07" + end[:16] + b"PK\x05\x06" + end
    )


def _must_be_read_or_refused(read: Callable[[bytes], ZipDirectory], data: bytes) -> None:
    try:
        directory = read(data)
    except IntegrityError:
        return
    for member in directory.members:
        assert 0 <= member.offset <= len(data) + 0x20000
