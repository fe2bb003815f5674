"""What Python's zipfile, Info-ZIP's unzip and bsdtar read back is what went in."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.tools import tool
from layerwright.errors import IntegrityError, UsageError
from layerwright.layer.archive import plan_archive
from layerwright.layer.content import Literal, Slice
from layerwright.layer.plan import ArchivePlan, Range, write_archive
from layerwright.layer.tree import Entry, Kind, Method, Tree
from layerwright.layer.zip_records import (
    Record,
    central_header,
    end_of_directory,
    local_header,
    local_header_bytes,
)

_NAMES = st.text(
    st.characters(
        codec="utf-8", exclude_characters='/\\\0:*?"<>|', exclude_categories=("Cc", "Cs", "Cn", "Co")
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(". ") == name)


def entry(path: str, data: bytes, mode: int = 0o644) -> Entry:
    return Entry(
        path=path,
        mode=mode,
        size_bytes=len(data),
        crc32=zlib.crc32(data),
        origin="test",
        content=Literal(data),
    )


def deflated(folder: Path, path: str, data: bytes) -> Entry:
    """An entry whose bytes are a deflated range in the middle of a file."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    file = folder / f"{zlib.crc32(path.encode()):08x}.bin"
    file.write_bytes(b"before" + packed + b"behind")
    content = Slice(
        file=file,
        offset=6,
        compressed_bytes=len(packed),
        size_bytes=len(data),
        crc32=zlib.crc32(data),
        method=Method.DEFLATED,
    )
    return Entry(
        path=path, mode=0o755, size_bytes=len(data), crc32=zlib.crc32(data), origin="test", content=content
    )


def write(tree: Tree, path: Path) -> Path:
    write_archive(plan_archive(tree), path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(contents=st.dictionaries(st.builds("python/{}".format, _NAMES), st.binary(max_size=300), max_size=8))
def test_zipfile_reads_back_what_went_in(contents: dict[str, bytes], tmp_path: Path) -> None:
    entries = [
        entry(path, data) if index % 2 else deflated(tmp_path, path, data)
        for index, (path, data) in enumerate(contents.items())
    ]
    with zipfile.ZipFile(write(Tree(entries), tmp_path / "layer.zip")) as archive:
        assert archive.namelist() == sorted(contents)
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents


@pytest.mark.parametrize("reader", [["unzip", "-qq", "-d"], ["bsdtar", "-xf"]], ids=["unzip", "bsdtar"])
def test_other_readers_agree(reader: list[str], tmp_path: Path) -> None:
    tool(reader[0])
    contents = {
        "bin/run": b"#!/bin/sh\n",
        "python/a.py": b"x = 1\n" * 1000,
        "python/größe.txt": b"\xff" * 70_000,
    }
    tree = Tree([deflated(tmp_path, path, data) for path, data in contents.items()])
    archive = write(tree, tmp_path / "layer.zip")
    out = tmp_path / "out"
    out.mkdir()
    words = (
        [*reader, str(out), str(archive)] if reader[0] == "unzip" else [*reader, str(archive), "-C", str(out)]
    )
    subprocess.run(words, check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    assert {
        path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()
    } == contents
    assert all(path.stat().st_mode & 0o777 == 0o755 for path in out.rglob("*") if path.is_file())


def test_dates_modes_and_kinds_are_fixed(tmp_path: Path) -> None:
    link = Entry(
        path="lib/a.so",
        kind=Kind.SYMLINK,
        mode=0o777,
        size_bytes=6,
        crc32=zlib.crc32(b"a.so.1"),
        origin="test",
        content=Literal(b"a.so.1"),
    )
    with zipfile.ZipFile(write(Tree([entry("python/a.py", b"1"), link]), tmp_path / "layer.zip")) as archive:
        infos = {info.filename: info for info in archive.infolist()}
    assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in infos.values())
    assert infos["python/a.py"].external_attr >> 16 == 0o100644
    assert infos["lib/a.so"].external_attr >> 16 == 0o120777


def test_neighbouring_members_of_one_file_are_one_range(tmp_path: Path) -> None:
    file = tmp_path / "block"
    entries, offset, blob = [], 0, b""
    for name in ("python/a.py", "python/b.py", "python/c.py"):
        data = name.encode()
        header = local_header(Record(name, 0, zlib.crc32(data), len(data), len(data), 0o100644))
        content = Slice(
            file=file,
            offset=offset + len(header),
            compressed_bytes=len(data),
            size_bytes=len(data),
            crc32=zlib.crc32(data),
            method=Method.STORED,
            header_offset=offset,
        )
        blob += header + data
        offset = len(blob)
        entries.append(
            Entry(
                path=name,
                mode=0o644,
                size_bytes=len(data),
                crc32=zlib.crc32(data),
                origin="w",
                content=content,
            )
        )
    file.write_bytes(blob)
    whole = plan_archive(Tree(entries))
    assert [piece for piece in whole.pieces if isinstance(piece, Range)] == [Range(0, 0, len(blob))]
    with_a_hole = plan_archive(Tree([entries[0], entries[2]]))
    assert len([piece for piece in with_a_hole.pieces if isinstance(piece, Range)]) == 2
    path = tmp_path / "layer.zip"
    write_archive(with_a_hole, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["python/a.py", "python/c.py"]


@given(
    sizes=st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)),
    offset=st.integers(0, 2**40),
    name=_NAMES,
    mode=st.sampled_from([0o100644, 0o100755]),
)
def test_zip64_records_are_read_back(sizes: tuple[int, int], offset: int, name: str, mode: int) -> None:
    record = Record(name, 8, 7, *sizes, mode)
    assert len(local_header(record)) == local_header_bytes(record)
    directory = central_header(record, offset)
    end = end_of_directory(count=1, offset=0, size_bytes=len(directory))
    (info,) = zipfile.ZipFile(io.BytesIO(directory + end)).infolist()
    assert (info.filename, info.compress_size, info.file_size) == (name, *sizes)
    assert (info.header_offset, info.external_attr >> 16) == (offset, mode)


def test_more_members_than_a_plain_zip_can_count(tmp_path: Path) -> None:
    tree = Tree(entry(f"python/m{number}.py", b"") for number in range(70_000))
    with zipfile.ZipFile(write(tree, tmp_path / "layer.zip")) as archive:
        assert len(archive.namelist()) == 70_000


def test_a_zip_that_fails_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "layer.zip"
    target.write_bytes(b"the old one")
    source = tmp_path / "source"
    source.write_bytes(b"short")
    plan = ArchivePlan(files=(source,), pieces=(b"head", Range(0, 0, 100)), zipped_bytes=104)
    with pytest.raises(IntegrityError, match="ends before byte 100"):
        write_archive(plan, target)
    assert target.read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layer.zip", "source"]


def test_a_place_that_is_no_folder_is_said_plainly(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match=r"layer\.zip can't be written"):
        write_archive(plan_archive(Tree([entry("python/a.py", b"1")])), file / "layer.zip")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path) -> None:
    """A limit on file sizes stops the writing in the middle, as a full disk does."""
    program = """
import resource, sys, zlib
from pathlib import Path
from layerwright.errors import UsageError
from layerwright.layer.plan import ArchivePlan, write_archive
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_archive(ArchivePlan(files=(), pieces=(bytes(100_000),), zipped_bytes=100_000), Path("layer.zip"))
except UsageError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "layer.zip can't be written: File too large" in run.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_member_that_lies_about_its_size_never_passes(tmp_path: Path) -> None:
    honest = deflated(tmp_path, "python/a.py", b"x" * 100).content
    assert isinstance(honest, Slice)
    for size in (99, 101):
        liar = Slice(
            file=honest.file,
            offset=honest.offset,
            compressed_bytes=honest.compressed_bytes,
            size_bytes=size,
            crc32=honest.crc32,
            method=honest.method,
        )
        with pytest.raises(IntegrityError):
            liar.read()
