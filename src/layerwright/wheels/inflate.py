"""A zip member's bytes, unpacked whole or not at all: length and CRC are as declared, or it is an error.

Memory is bounded by what the file really holds: deflate can't shrink by more than 1032 to 1, so a member that declares more
is refused before anything is allocated. Large members go through a temporary file.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import deflate

from layerwright.errors import IntegrityError

STORED: Final = 0
DEFLATED: Final = 8
LARGE_BYTES: Final = 32 << 20
"""Members above this size are not held in memory."""

_MOST_PER_BYTE: Final = 1032
_CHUNK_BYTES: Final = 1 << 20
_PIECE_BYTES: Final = 16 << 20


class Packed(Protocol):
    """The part of a member that unpacking needs; both ``Member`` and ``ZipMember`` have it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def compressed_bytes(self) -> int: ...  # noqa: D102
    @property
    def size_bytes(self) -> int: ...  # noqa: D102
    @property
    def crc32(self) -> int: ...  # noqa: D102
    @property
    def method(self) -> int: ...  # noqa: D102


class Archive:
    """An open zip, from which several threads may read at once; ``name`` is what messages call it."""

    def __init__(self, path: Path, *, name: str) -> None:
        """Open the file."""
        self.name = name
        self.file = path.open("rb", buffering=0)
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.file.close()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes from ``offset``; fewer at the file's end."""
        if hasattr(os, "pread"):
            return os.pread(self.file.fileno(), size, offset)
        with self._turn:
            self.file.seek(offset)
            return self.file.read(size)


def read_member(archive: Archive, member: Packed) -> bytes | bytearray:
    """Return a member's bytes, however many.

    Raises IntegrityError where they are not as the archive declares them.
    """
    _check_claim(archive, member)
    packed = archive.read_at(member.offset, member.compressed_bytes)
    data: bytes | bytearray = packed
    if member.method == DEFLATED:
        try:
            data = deflate.deflate_decompress(packed, member.size_bytes)
        except deflate.DeflateError:
            raise _corrupt(archive, member, "its compressed data is damaged or cut off") from None
    if len(data) != member.size_bytes:
        raise _corrupt(archive, member, f"it has {len(data)} bytes, {member.size_bytes} are declared")
    _check_crc(archive, member, deflate.crc32(data))
    return data


@contextlib.contextmanager
def open_member(archive: Archive, member: Packed) -> Iterator[bytes | bytearray | memoryview]:
    """Give a member's bytes, a large one's as a view of a temporary file; the view ends with the block.

    Raises IntegrityError where they are not as the archive declares them.
    """
    if member.size_bytes <= LARGE_BYTES:
        yield read_member(archive, member)
        return
    _check_claim(archive, member)
    with tempfile.TemporaryFile() as file:
        crc32 = size = 0
        for chunk in _chunks(archive, member):
            size += len(chunk)
            crc32 = zlib.crc32(chunk, crc32)
            file.write(chunk)
        if size != member.size_bytes:
            raise _corrupt(archive, member, f"it has {size} bytes or more, {member.size_bytes} are declared")
        _check_crc(archive, member, crc32)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            yield view


def digest_of(data: bytes | bytearray | memoryview, algorithm: str = "sha256") -> bytes:
    """Return the hash of a member's bytes; those of a large one are not held in memory while it is made."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    mapped = data.obj if isinstance(data, memoryview) else None
    if not isinstance(mapped, mmap.mmap):
        digest.update(data)
        return digest.digest()
    for start in range(0, len(data), _PIECE_BYTES):
        digest.update(data[start : start + _PIECE_BYTES])
        if hasattr(mapped, "madvise"):  # not on Windows
            mapped.madvise(mmap.MADV_DONTNEED)
    return digest.digest()


def _chunks(archive: Archive, member: Packed) -> Iterator[bytes]:
    """The member's bytes in pieces, at most one piece more than it declares."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    for position in range(0, member.compressed_bytes, _CHUNK_BYTES):
        packed = archive.read_at(
            member.offset + position, min(_CHUNK_BYTES, member.compressed_bytes - position)
        )
        while packed and size <= member.size_bytes:
            try:
                chunk = packed if member.method == STORED else unpacker.decompress(packed, 4 * _CHUNK_BYTES)
            except zlib.error as error:
                raise _corrupt(archive, member, f"its compressed data is damaged: {error}") from None
            packed = b"" if member.method == STORED else unpacker.unconsumed_tail
            size += len(chunk)
            yield chunk


def _check_claim(archive: Archive, member: Packed) -> None:
    if member.method not in (STORED, DEFLATED):
        raise _corrupt(
            archive, member, f"zip method {member.method}; stored and deflated are what can be read"
        )
    if member.size_bytes > member.compressed_bytes * _MOST_PER_BYTE:
        claim = f"it declares {member.size_bytes} bytes, more than its {member.compressed_bytes} compressed can hold"
        raise _corrupt(archive, member, claim)


def _check_crc(archive: Archive, member: Packed, crc32: int) -> None:
    if crc32 != member.crc32:
        raise _corrupt(archive, member, f"its CRC is {crc32:08x}, expected {member.crc32:08x}")


def _corrupt(archive: Archive, member: Packed, what: str) -> IntegrityError:
    return IntegrityError(f"{archive.name}: {member.name}: {what}")
