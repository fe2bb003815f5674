"""What a zip holds, read from its central directory and held against its local headers; no member is unpacked.

Written for archives that nobody vouches for. What is odd but readable is a value (``ZipProblem``) for the caller to judge:
a foreign layer makes a finding of it, a wheel is refused. Only what has no readable directory at all is an error. The
work is bounded by the size of the directory, and the memory by ``zip_end.MAX_DIRECTORY_BYTES``.

The format: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO, Final, NamedTuple

from layerwright.errors import IntegrityError
from layerwright.wheels.zip_end import find_end, read_at

MAX_MEMBERS: Final = 200_000
"""250 MB in files of one kilobyte."""

_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_IN_ZIP64: Final = 0xFFFFFFFF
_FLAG_ENCRYPTED: Final = 0x0001
_FLAG_DESCRIPTOR: Final = 0x0008
_FLAG_UTF8: Final = 0x0800
_UNIX: Final = 3
_MACOS: Final = 19


class ZipProblemKind(StrEnum):
    """What can be odd about a zip that can be read."""

    DUPLICATE_NAME = "duplicate-name"
    OVERLAP = "overlap"
    BEYOND_FILE = "beyond-file"
    LOCAL_HEADER_DIFFERS = "local-header-differs"
    NAME_ENCODING = "name-encoding"
    COUNT_DIFFERS = "count-differs"
    LEADING_DATA = "leading-data"
    TRAILING_DATA = "trailing-data"


class ZipProblem(NamedTuple):
    """One oddity; ``member`` is empty where it concerns the archive as a whole."""

    kind: ZipProblemKind
    member: str
    detail: str


class ZipMember(NamedTuple):
    """A member as the central directory has it.

    ``offset`` is where its compressed bytes begin (0 where a problem says that this can't be known), ``header_offset``
    where its local header does, both from the start of the file. ``method`` is the zip's number, ``system`` that of
    the system that made it (3: Unix), ``attributes`` the external attributes, ``dos_time`` the date (upper 16
    bits) and time.
    """

    name: str
    offset: int
    compressed_bytes: int
    size_bytes: int
    crc32: int
    method: int
    flags: int
    attributes: int
    system: int
    dos_time: int
    header_offset: int

    @property
    def is_encrypted(self) -> bool:
        """Whether its bytes can't be read without a password."""
        return bool(self.flags & _FLAG_ENCRYPTED)

    @property
    def is_directory(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith("/")

    @property
    def unix_mode(self) -> int:
        """File type and permission bits; 0 where the archive was not made by a system that has them."""
        return self.attributes >> 16 if self.system in (_UNIX, _MACOS) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipDirectory:
    """The members in the directory's order, and all that is odd."""

    members: tuple[ZipMember, ...]
    problems: tuple[ZipProblem, ...]


def read_zip_directory(file: BinaryIO, *, name: str, max_members: int = MAX_MEMBERS) -> ZipDirectory:
    """Return what the zip in ``file`` holds; an unbuffered file is read fastest.

    ``name`` stands in messages. Raises IntegrityError where there is no directory to read: not a zip, cut off, spread over
    several disks, or with a directory that is damaged, beyond ``zip_end.MAX_DIRECTORY_BYTES`` or of more than ``max_members``.
    """
    file_bytes = file.seek(0, 2)
    end = find_end(file, file_bytes, name)
    # The smallest entry of a directory has 46 bytes; what is claimed need not be true.
    if end.claimed > max_members and end.size > max_members * _CENTRAL.size:
        raise IntegrityError(f"{name} has {end.claimed} entries; {max_members} is the most that is read")
    problems: list[ZipProblem] = []
    if end.leading:
        problems.append(
            ZipProblem(ZipProblemKind.LEADING_DATA, "", f"{end.leading} bytes before the first header")
        )
    if end.trailing:
        problems.append(ZipProblem(ZipProblemKind.TRAILING_DATA, "", f"{end.trailing} bytes behind the end"))
    directory = read_at(file, end.start, end.size)
    if len(directory) != end.size:
        raise IntegrityError(f"{name}: the zip directory is cut off")
    members: list[ZipMember] = []
    for raw_name, member in _central_members(directory, end.leading, name):
        if len(members) == max_members:
            raise IntegrityError(f"{name} has more than {max_members} entries, the most that is read")
        offset, problem = _find_data(file, member, raw_name, end.start)
        members.append(ZipMember(member[0], offset, *member[2:]))
        if problem:
            problems.append(problem)
        if member.flags & _FLAG_UTF8 and not _is_utf8(raw_name):
            problems.append(
                ZipProblem(ZipProblemKind.NAME_ENCODING, member.name, "declared as UTF-8, and is not")
            )
    if len(members) != end.claimed:
        detail = f"{end.claimed} members declared, {len(members)} found"
        problems.append(ZipProblem(ZipProblemKind.COUNT_DIFFERS, "", detail))
    problems += _duplicates(members)
    problems += _overlaps(members)
    return ZipDirectory(members=tuple(members), problems=tuple(problems))


def _central_members(directory: bytes, leading: int, name: str) -> Iterator[tuple[bytes, ZipMember]]:
    """Yield each member's name as written, and the member with an ``offset`` of 0: only the local header knows that."""
    position = 0
    while position < len(directory):
        try:
            fields = _CENTRAL.unpack_from(directory, position)
        except struct.error:
            raise IntegrityError(f"{name}: the zip directory is cut off at byte {position}") from None
        signature, _, system, _, flags, method, time, date, crc32, packed, size, name_bytes, extra_bytes = (
            fields[:13]
        )
        comment_bytes, _, _, attributes, header = fields[13:]
        if signature != b"PK\x01\x02":
            raise IntegrityError(f"{name}: the zip directory is damaged at byte {position}")
        name_at = position + _CENTRAL.size
        extra_at = name_at + name_bytes
        position = extra_at + extra_bytes + comment_bytes
        if position > len(directory):
            raise IntegrityError(f"{name}: the last entry of the zip directory is cut off")
        raw_name = directory[name_at:extra_at]
        if _IN_ZIP64 in (size, packed, header):
            size, packed, header = _from_zip64(
                directory[extra_at : extra_at + extra_bytes], size, packed, header
            )
        text, dos_time, header = _decode(raw_name, flags), date << 16 | time, header + leading
        # By position: there are thousands.
        yield (
            raw_name,
            ZipMember(text, 0, packed, size, crc32, method, flags, attributes, system, dos_time, header),
        )


def _from_zip64(extra: bytes, *values: int) -> list[int]:
    """The values, with each that says so replaced by the next of the ZIP64 extra field, as far as that reaches."""
    wide: list[int] = []
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        if kind == 0x0001:
            field = extra[position + 4 : position + 4 + length]
            wide = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field) - 7, 8)]
            break
        position += 4 + length
    remaining = iter(wide)
    return [next(remaining, value) if value == _IN_ZIP64 else value for value in values]


def _decode(raw_name: bytes, flags: int) -> str:
    """The name as text; code page 437 has a character for each byte, so this can't fail."""
    if flags & _FLAG_UTF8 or raw_name.isascii():
        try:
            return raw_name.decode()
        except UnicodeDecodeError:
            pass
    return raw_name.decode("cp437")


def _is_utf8(raw_name: bytes) -> bool:
    try:
        raw_name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _find_data(
    file: BinaryIO, member: ZipMember, raw_name: bytes, limit: int
) -> tuple[int, ZipProblem | None]:
    """Where the member's data begins (0: nowhere), and what its local header denies; data must end at ``limit``."""
    inside = member.header_offset + _LOCAL.size <= limit
    header = read_at(file, member.header_offset, _LOCAL.size + len(raw_name)) if inside else b""
    if len(header) < _LOCAL.size:
        detail = f"its header would be at byte {member.header_offset}, {limit} is the last"
        return 0, ZipProblem(ZipProblemKind.BEYOND_FILE, member.name, detail)
    local = _LOCAL.unpack_from(header)
    if local[0] != b"PK\x03\x04":
        detail = f"no local header at byte {member.header_offset}"
        return 0, ZipProblem(ZipProblemKind.LOCAL_HEADER_DIFFERS, member.name, detail)
    offset = member.header_offset + _LOCAL.size + local[9] + local[10]
    if offset + member.compressed_bytes > limit:
        detail = f"its data would end at byte {offset + member.compressed_bytes}, {limit} is the last"
        return offset, ZipProblem(ZipProblemKind.BEYOND_FILE, member.name, detail)
    sums = (member.crc32, member.compressed_bytes, member.size_bytes)
    if (
        local[6:9] == sums
        and local[2:4] == (member.flags, member.method)
        and header[_LOCAL.size :] == raw_name
    ):
        return offset, None
    wrong = _differences(local, header[_LOCAL.size :], member, raw_name)
    if not wrong:
        return offset, None
    detail = f"the local header has another {', '.join(wrong)} than the directory"
    return offset, ZipProblem(ZipProblemKind.LOCAL_HEADER_DIFFERS, member.name, detail)


def _differences(local: tuple[Any, ...], local_name: bytes, member: ZipMember, raw_name: bytes) -> list[str]:
    """What a local header says otherwise; sums that are left to a data descriptor or to ZIP64 are not held against it."""
    _, _, flags, method, _, _, crc32, packed, size, name_bytes, _ = local
    streamed = flags & _FLAG_DESCRIPTOR
    wrong = {
        "name": local_name != raw_name or name_bytes != len(raw_name),
        "method": method != member.method,
        "encryption": (flags ^ member.flags) & _FLAG_ENCRYPTED,
        "CRC": crc32 != member.crc32 and not (streamed and crc32 == 0),
        "compressed size": packed not in (member.compressed_bytes, _IN_ZIP64)
        and not (streamed and packed == 0),
        "size": size not in (member.size_bytes, _IN_ZIP64) and not (streamed and size == 0),
    }
    return [what for what, is_wrong in wrong.items() if is_wrong]


def _duplicates(members: list[ZipMember]) -> list[ZipProblem]:
    if len({member.name for member in members}) == len(members):
        return []
    seen: set[str] = set()
    again: dict[str, None] = {}
    for member in members:
        if member.name in seen:
            again[member.name] = None
        seen.add(member.name)
    return [
        ZipProblem(ZipProblemKind.DUPLICATE_NAME, name, "stands more than once in the directory")
        for name in again
    ]


def _overlaps(members: list[ZipMember]) -> list[ZipProblem]:
    """Members whose header lies inside the header or data of the one before; those beyond the file are left out."""
    problems: list[ZipProblem] = []
    reached, owner = 0, ""
    for member in sorted((m for m in members if m.offset), key=lambda m: m.header_offset):
        if member.header_offset < reached:
            problems.append(ZipProblem(ZipProblemKind.OVERLAP, member.name, f"shares bytes with {owner}"))
        end = member.offset + member.compressed_bytes
        if end > reached:
            reached, owner = end, member.name
    return problems
