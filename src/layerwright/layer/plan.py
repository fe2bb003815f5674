"""The plan of a zip, and carrying it out.

The plan is all that a zip is: which ranges of which files, and the bytes in between. A plan that is kept can be carried
out again without looking at any wheel, and by little code: nothing here imports how a plan is made.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from io import FileIO
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK_BYTES: Final = 1 << 20
_CANT_RESERVE: Final = frozenset({errno.EINVAL, errno.ENODEV, errno.ENOSYS, errno.EOPNOTSUPP, errno.ESPIPE})


class Range(NamedTuple):
    """Bytes of a file; ``file`` is an index into the plan's files."""

    file: int
    offset: int
    length: int


class ArchivePlan(NamedTuple):
    """A zip as pieces in order: ranges of files, and bytes. The last piece is the central directory."""

    files: tuple[Path | str, ...]
    pieces: tuple[Range | bytes, ...]
    zipped_bytes: int


def write_archive(
    plan: ArchivePlan, path: Path | str, *, advance: Callable[[int], None] | None = None
) -> None:
    """Carry out a plan: the zip stands at ``path`` when it is complete, and not before.

    ``advance`` hears how many bytes were written. Raises UsageError where the file can't be written, and IntegrityError
    where a file of the plan is shorter than planned.
    """
    with whole_file(path) as out:
        _reserve(out, plan.zipped_bytes)
        for data in _contents(plan):
            _write_all(out, data)
            if advance:
                advance(len(data))


@contextlib.contextmanager
def whole_file(path: Path | str) -> Iterator[FileIO]:
    """Give a new file to write to, unbuffered, that stands at ``path`` once the block is left without an error.

    Folders above are made. Raises UsageError where the file can't be written.
    """
    folder, name = os.path.split(path)
    partial = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.partial")
    try:
        os.makedirs(folder or os.curdir, exist_ok=True)
        with FileIO(partial, "xb") as out:
            yield out
        os.replace(partial, path)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        raise UsageError(
            message, hint="check the folder, its permissions and the space on its disk"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def hash_plan(plan: ArchivePlan) -> str:
    """Return the sha256, in hex, of the zip that a plan gives, without writing it."""
    import hashlib

    digest = hashlib.sha256()
    for data in _contents(plan):
        digest.update(data)
    return digest.hexdigest()


def _contents(plan: ArchivePlan) -> Iterator[bytes | memoryview]:
    """Yield the zip's bytes in order; a view holds good until the next is asked for.

    They go through a buffer: the kernel's own copying (copy_file_range) can share no blocks, as nothing in a zip is aligned,
    and is no faster then.
    """
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    with contextlib.ExitStack() as stack:
        sources = [stack.enter_context(FileIO(file)) for file in plan.files]
        for piece in plan.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            source, left = sources[piece.file], piece.length
            source.seek(piece.offset)
            while left:
                count = source.readinto(buffer[:left])
                if not count:
                    raise IntegrityError(f"{source.name!s} ends before byte {piece.offset + piece.length}")
                yield buffer[:count]
                left -= count


def _reserve(out: FileIO, size_bytes: int) -> None:
    """Have the disk set space aside, so that a full one says so before it is written to; what follows is faster, too."""
    if hasattr(os, "posix_fallocate") and size_bytes:
        try:
            os.posix_fallocate(out.fileno(), 0, size_bytes)
        except OSError as error:
            if error.errno not in _CANT_RESERVE:
                raise


def _write_all(out: FileIO, data: bytes | memoryview) -> None:
    """Write all of ``data``; ``write`` of an unbuffered file may take only a part at a time."""
    view = memoryview(data)
    while view:
        view = view[out.write(view) :]
