"""What a ``.pyc`` file's header says (PEP 552), and which minor version its magic number belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

# The magic numbers of released versions, from CPython's Lib/importlib/_bootstrap_external.py and Include/internal/pycore_magic_number.h.
_MAGIC: Final[Mapping[int, tuple[int, int]]] = MappingProxyType({
    3379: (3, 6), 3394: (3, 7), 3413: (3, 8), 3425: (3, 9), 3439: (3, 10), 3495: (3, 11), 3531: (3, 12), 3571: (3, 13),
    3627: (3, 14),
})  # fmt: skip


class Header(NamedTuple):
    """The header of a ``.pyc``: the minor version that wrote it (None where unknown), and how it is held against its source.

    ``hashed`` says that the source's hash decides, not its time; ``checked`` that the hash is looked at; ``source_time`` is
    the source's modification time in seconds since 1970.
    """

    python: tuple[int, int] | None
    hashed: bool
    checked: bool
    source_time: int
    source_bytes: int


def read_header(data: bytes) -> Header | None:
    """Return the header of a ``.pyc``, None for what is none."""
    if len(data) < 16 or data[2:4] != b"\r\n":
        return None
    flags = int.from_bytes(data[4:8], "little")
    return Header(
        python=_MAGIC.get(int.from_bytes(data[:2], "little")),
        hashed=bool(flags & 1),
        checked=bool(flags & 2),
        source_time=0 if flags & 1 else int.from_bytes(data[8:12], "little"),
        source_bytes=0 if flags & 1 else int.from_bytes(data[12:16], "little"),
    )
