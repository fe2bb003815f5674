"""Where an entry's bytes come from: a range of a file in the store or of a layer, a file on disk, or memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from layerwright.errors import IntegrityError
from layerwright.layer.tree import Method
from layerwright.wheels.wheel import Member


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes held in memory: what we generate, and what a pass changed.

    They stand in a zip uncompressed: what a compressor makes of them changes with its version, and the same input
    must give the same zip on every host.
    """

    data: bytes

    def read(self) -> bytes:
        """Return the bytes."""
        return self.data

    def compressed(self) -> tuple[Method, bytes]:
        """Return the bytes as they are."""
        return Method.STORED, self.data


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file of a layer that was given as a folder."""

    path: Path

    def read(self) -> bytes:
        """Return the file's bytes; raises IntegrityError where it can't be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise IntegrityError(f"{self.path} can't be read: {error.strerror}") from error

    def compressed(self) -> tuple[Method, bytes]:
        """Return the file's bytes as they are."""
        return Method.STORED, self.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A range of a zip file: the member's bytes as they stand there, usually deflated.

    ``header_offset`` is where a local header begins that fits this very entry, directly in front of its bytes, so that
    header and bytes can be copied as one; None where there is none.
    """

    file: Path
    offset: int
    compressed_bytes: int
    size_bytes: int
    crc32: int
    method: Method
    header_offset: int | None = None

    def read(self) -> bytes:
        """Return the member's bytes, inflated and compared with its declared size and CRC.

        Raises IntegrityError where they differ, so a member that lies about itself never passes.
        """
        from layerwright.wheels.inflate import Archive, read_member

        with Archive(self.file, name=str(self.file)) as archive:
            return bytes(read_member(archive, self._member()))

    def _member(self) -> Member:
        name = f"the member at byte {self.offset}"
        return Member(
            name, self.offset, self.compressed_bytes, self.size_bytes, self.crc32, self.method.value, 0
        )

    def compressed(self) -> tuple[Method, bytes]:
        """Return the member's bytes as they stand in the file."""
        return self.method, self._raw()

    def _raw(self) -> bytes:
        with self.file.open("rb") as file:
            file.seek(self.offset)
            raw = file.read(self.compressed_bytes)
        if len(raw) != self.compressed_bytes:
            raise IntegrityError(f"{self.file} ends before byte {self.offset + self.compressed_bytes}")
        return raw
