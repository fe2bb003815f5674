"""Members are unpacked whole, or not at all."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.wheels import zip_bytes
from layerwright.errors import IntegrityError
from layerwright.wheels import inflate
from layerwright.wheels.inflate import Archive, digest_of, open_member, read_member
from layerwright.wheels.zip_directory import ZipMember, read_zip_directory


def _archive(folder: Path, content: bytes, *, stored: bool = False) -> tuple[Path, ZipMember]:
    data = zip_bytes({"m": content}, stored=["m"] if stored else ())
    path = folder / "x.zip"
    path.write_bytes(data)
    return path, read_zip_directory(io.BytesIO(data), name="x").members[0]


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("content", [b"", b"a", b"some content " * 1000])
def test_a_member_is_read(tmp_path: Path, content: bytes, stored: bool) -> None:
    path, member = _archive(tmp_path, content, stored=stored)
    with Archive(path, name="x.zip") as archive:
        assert read_member(archive, member) == content


@pytest.mark.parametrize("stored", [True, False])
def test_a_large_member_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    monkeypatch.setattr(inflate, "LARGE_BYTES", 1000)
    monkeypatch.setattr(inflate, "_CHUNK_BYTES", 100)
    monkeypatch.setattr(inflate, "_PIECE_BYTES", 1000)
    content = bytes(range(256)) * 100
    path, member = _archive(tmp_path, content, stored=stored)
    with Archive(path, name="x.zip") as archive, open_member(archive, member) as data:
        assert isinstance(data, memoryview)
        assert data == content
        assert digest_of(data) == digest_of(content) == hashlib.sha256(content).digest()
        assert digest_of(data, "sha512") == hashlib.sha512(content).digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crc32": 1}, "its CRC is .*, expected 00000001"),
        ({"size_bytes": 12_999}, "damaged|or more"),
        ({"size_bytes": 13_001}, "13000 bytes"),
        ({"compressed_bytes": 20}, "damaged|20 compressed|bytes or more"),
        ({"size_bytes": 1 << 40}, "more than its .* compressed can hold"),
        ({"method": 12}, "zip method 12"),
        ({"offset": 1 << 40}, "damaged|0 bytes"),
    ],
)
@pytest.mark.parametrize("large", [True, False])
def test_a_member_that_is_not_as_declared_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str, large: bool
) -> None:
    path, member = _archive(tmp_path, b"some content " * 1000)
    if large:
        monkeypatch.setattr(inflate, "LARGE_BYTES", 10)
    with (
        Archive(path, name="x.zip") as archive,
        pytest.raises(IntegrityError, match=rf"x\.zip: m: .*({message})"),
        open_member(archive, member._replace(**change)),
    ):
        pass


@given(st.binary(max_size=500), st.booleans())
def test_no_compressed_bytes_make_it_fail_otherwise(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, large: bool
) -> None:
    path = tmp_path_factory.mktemp("raw") / "x"
    path.write_bytes(raw)
    member = ZipMember("m", 0, len(raw), 100, zlib.crc32(b""), 8, 0, 0, 3, 0, 0)
    with pytest.MonkeyPatch.context() as patch, Archive(path, name="x") as archive:
        patch.setattr(inflate, "LARGE_BYTES", 10 if large else 1000)
        with pytest.raises(IntegrityError), open_member(archive, member):
            pass
