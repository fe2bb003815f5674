"""A wheel file → its ``Wheel``: every member unpacked, checked and hashed once, and looked into where it is a binary.

Nothing is written but what is too large for memory. A wheel that can't be trusted (damaged, ambiguous, or reaching out of its
folder) is an error; one whose RECORD is wrong is a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from layerwright.errors import IntegrityError
from layerwright.wheels.facts import HEAD_BYTES, FactReader, ReadWheel
from layerwright.wheels.inflate import DEFLATED, STORED, Archive, digest_of, read_member
from layerwright.wheels.metadata import Metadata, read_entry_points, read_metadata, read_wheel_header
from layerwright.wheels.record import Measured, algorithms, read_record, record_problems
from layerwright.wheels.visit import MemberBytes, visit_members
from layerwright.wheels.wheel import Member, Wheel
from layerwright.wheels.wheel_name import WheelName, parse_wheel_filename, same_name, same_version
from layerwright.wheels.zip_directory import ZipDirectory, ZipMember, ZipProblemKind, read_zip_directory

_MOST_TEXT_BYTES: Final = 4 << 20
_MOST_RECORD_BYTES: Final = 32 << 20  # the lines of a quarter of a million members
_TOLERATED: Final = frozenset(
    {ZipProblemKind.LEADING_DATA, ZipProblemKind.TRAILING_DATA, ZipProblemKind.DUPLICATE_NAME}
)


def read_wheel(
    path: Path, *, filename: str, sha256: str, reader: FactReader | None = None, workers: int = 2
) -> ReadWheel:
    """Return what the wheel at ``path`` holds.

    ``filename`` is what it is called outside, ``sha256`` its hash, which the caller has checked. Raises IntegrityError,
    naming the wheel and the member, where the zip is damaged or ambiguous, a member would leave the folder, or the
    metadata is missing or of another package than the name says.
    """
    name = parse_wheel_filename(filename)
    with Archive(path, name=filename) as archive:
        directory = read_zip_directory(archive.file, name=filename)
        members = _sound_members(directory, filename)
        dist_info = _dist_info(members, name)
        metadata, texts = _read_texts(archive, members, dist_info, name)
        record = read_record(texts["RECORD"], wheel=filename) if "RECORD" in texts else None
        hashes = algorithms(record, members)
        measured: dict[str, Measured] = {}
        facts: dict[str, object] = {}

        def measure(member: ZipMember, data: MemberBytes) -> None:
            measured[member.name] = Measured(member.size_bytes, digest_of(data, hashes[member.name]))
            if reader and reader.wants(member.name, bytes(data[:HEAD_BYTES])):
                facts[member.name] = reader.read(member.name, data)

        visit_members(archive, members.values(), measure, workers=workers)
        size_bytes = archive.file.seek(0, 2)
    header = read_wheel_header(texts["WHEEL"], wheel=filename)
    wheel = Wheel(
        sha256=sha256,
        filename=filename,
        path=path,
        size_bytes=size_bytes,
        name=metadata.name,
        version=metadata.version,
        tags=header.tags,
        root_is_purelib=header.root_is_purelib,
        dist_info=dist_info,
        requires=metadata.requires,
        requires_python=metadata.requires_python,
        license=metadata.license,
        entry_points=read_entry_points(texts.get("entry_points.txt", b""), wheel=filename),
        members=tuple(_as_member(member) for member in members.values()),
        record_problems=record_problems(record, measured, dist_info=dist_info),
    )
    return ReadWheel(wheel, dict(sorted(facts.items())))


def _as_member(member: ZipMember) -> Member:
    return Member(
        member.name,
        member.offset,
        member.compressed_bytes,
        member.size_bytes,
        member.crc32,
        member.method,
        member.unix_mode & 0o7777,
    )


def _sound_members(directory: ZipDirectory, filename: str) -> dict[str, ZipMember]:
    """The members that are files, by name and in the archive's order, after all that makes a wheel untrustworthy is ruled out."""
    for problem in directory.problems:
        if problem.kind not in _TOLERATED:
            where = f"{filename}: {problem.member}" if problem.member else filename
            raise IntegrityError(
                f"{where}: {problem.detail}", hint="the wheel is damaged, or made to mislead"
            )
    members: dict[str, ZipMember] = {}
    for member in directory.members:
        _check_place(member.name, filename)
        if member.is_encrypted or member.method not in (STORED, DEFLATED):
            what = "is encrypted" if member.is_encrypted else f"is compressed by zip method {member.method}"
            raise IntegrityError(f"{filename}: {member.name} {what}; wheels hold stored and deflated members")
        if member.is_directory and not member.size_bytes:
            continue
        other = members.get(member.name)
        if other and (other.crc32, other.size_bytes) != (member.crc32, member.size_bytes):
            raise IntegrityError(f"{filename}: {member.name} stands twice in it, with different content")
        members[member.name] = member
    return members


def _check_place(path: str, filename: str) -> None:
    """Refuse a path that is not plainly inside the folder: absolute, upward, of another system, or not in normal form."""
    parts = path.removesuffix("/").split("/")
    hostile = "\\" in path or "\0" in path or (len(path) > 1 and path[1] == ":")
    if hostile or any(part in ("", ".", "..") for part in parts):
        raise IntegrityError(
            f"{filename}: its member {path!r} would leave the folder that it is laid in",
            hint="the wheel is damaged, or made to do harm; nothing of it was used",
        )


def _dist_info(members: Iterable[str], name: WheelName) -> str:
    """The one top-level dist-info folder, which must be that of the package in the file's name."""
    folders = sorted(
        {path.partition("/")[0] for path in members if path.partition("/")[0].endswith(".dist-info")}
    )
    if len(folders) != 1:
        found = ", ".join(folders) or "none"
        raise IntegrityError(f"{name.filename}: a wheel has one dist-info folder; found {found}")
    package, _, version = folders[0].removesuffix(".dist-info").rpartition("-")
    if not same_name(package, name.name) or not same_version(version, name.version):
        raise IntegrityError(
            f"{name.filename}: its dist-info folder is {folders[0]}, expected {name.name}-{name.version}.dist-info"
        )
    return folders[0]


def _read_texts(
    archive: Archive, members: Mapping[str, ZipMember], dist_info: str, name: WheelName
) -> tuple[Metadata, dict[str, bytes]]:
    """METADATA, held against the file's name, and the bytes of the dist-info files that are read."""
    texts: dict[str, bytes] = {}
    for file in ("METADATA", "WHEEL", "RECORD", "entry_points.txt"):
        member = members.get(f"{dist_info}/{file}")
        if member is None:
            continue
        if member.size_bytes > (_MOST_RECORD_BYTES if file == "RECORD" else _MOST_TEXT_BYTES):
            raise IntegrityError(
                f"{archive.name}: {member.name} declares {member.size_bytes} bytes, more than is read"
            )
        texts[file] = bytes(read_member(archive, member))
    for needed in ("METADATA", "WHEEL"):
        if needed not in texts:
            raise IntegrityError(f"{archive.name}: {dist_info}/{needed} is missing; every wheel has one")
    metadata = read_metadata(texts["METADATA"], wheel=archive.name)
    if not same_name(metadata.name, name.name) or not same_version(metadata.version, name.version):
        got, expected = f"{metadata.name} {metadata.version}", f"{name.name} {name.version}"
        raise IntegrityError(f"{archive.name}: its METADATA says {got}, its file name {expected}")
    return metadata, texts
