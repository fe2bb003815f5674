"""A wheel becomes the entries of a layer, and a block: its members' headers and bytes as they stand in the zip.

The block is made once per wheel and kept in the store; from then on the wheel's part of a layer is one range to copy.
Only what an installer would rewrite differs from the wheel: the first line of scripts, and RECORD where paths moved.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from layerwright.errors import IntegrityError, UsageError
from layerwright.layer.content import Literal, Slice
from layerwright.layer.place import SCRIPTS_FOLDER, Scheme, place
from layerwright.layer.tree import Content, Entry, Method
from layerwright.layer.zip_records import Record, local_header, local_header_bytes
from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.wheel import Member, Wheel

_BLOCK: Final = DerivedKind("block", 1)
_INDEX: Final = DerivedKind("block-index", 1)


class _Laid(NamedTuple):
    path: str
    mode: int
    size_bytes: int
    crc32: int
    content: Content
    compressed_bytes: int
    method: Method


def lay_wheel(wheel: Wheel, scheme: Scheme, store: Store) -> tuple[Entry, ...]:
    """Return the entries of a wheel, sorted by path; their bytes stand in the wheel's block.

    Where the store can't be written to, they are read from the wheel itself, and the result is the same.
    Raises IntegrityError for a member that no zip of ours can hold.
    """
    key = _key(wheel, scheme)
    index = store.derived(_INDEX, key)
    block = store.derived_path(_BLOCK, key)
    if index is None or block is None:
        laid = _lay(wheel, scheme)
        try:
            block = store.make_derived_file(_BLOCK, key, lambda path: _write_block(laid, wheel, path))
        except UsageError:
            return tuple(_entry(item, wheel.filename) for item in laid)
        index = _index(laid)
        store.keep_derived(_INDEX, key, index)
    return tuple(_from_index(index, block, wheel))


def places(wheel: Wheel, scheme: Scheme) -> Iterator[tuple[str, str]]:
    """Yield each member that is laid, with its path in the layer."""
    data_folder = _data_folder(wheel)
    for member in wheel.members:
        path = place(member.name, data_folder=data_folder, project=wheel.name, scheme=scheme)
        if path is not None:
            yield member.name, path


def _data_folder(wheel: Wheel) -> str:
    return wheel.dist_info.removesuffix(".dist-info") + ".data"


def _key(wheel: Wheel, scheme: Scheme) -> str:
    words = (wheel.sha256, wheel.filename, scheme.packages, scheme.headers, scheme.interpreter)
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _lay(wheel: Wheel, scheme: Scheme) -> list[_Laid]:
    data_folder = _data_folder(wheel)
    laid: list[_Laid] = []
    moved: dict[str, tuple[str, bytes | None] | None] = {}
    for member in wheel.members:
        path = place(member.name, data_folder=data_folder, project=wheel.name, scheme=scheme)
        if path != f"{scheme.packages}/{member.name}":
            moved[member.name] = None if path is None else (path, None)
        if path is None:
            continue
        item = _laid_member(wheel, member, path)
        if path.startswith(f"{SCRIPTS_FOLDER}/") and member.name.startswith(f"{data_folder}/scripts/"):
            data = _with_interpreter(item.content.read(), scheme.interpreter)
            item = _laid_literal(path, data, 0o755)
            moved[member.name] = (path, data)
        laid.append(item)
    record = f"{scheme.packages}/{wheel.dist_info}/RECORD"
    if moved:
        laid = [_with_record(item, moved, scheme) if item.path == record else item for item in laid]
    laid.sort(key=lambda item: item.path)
    return laid


def _laid_member(wheel: Wheel, member: Member, path: str) -> _Laid:
    try:
        method = Method(member.method)
    except ValueError:
        message = (
            f"{wheel.filename}: {member.name} is compressed by method {member.method}; Lambda reads 0 and 8"
        )
        raise IntegrityError(message) from None
    content = Slice(
        file=wheel.path,
        offset=member.offset,
        compressed_bytes=member.compressed_bytes,
        size_bytes=member.size_bytes,
        crc32=member.crc32,
        method=method,
    )
    mode = 0o755 if member.mode & 0o111 else 0o644
    return _Laid(path, mode, member.size_bytes, member.crc32, content, member.compressed_bytes, method)


def _laid_literal(path: str, data: bytes, mode: int) -> _Laid:
    return _Laid(path, mode, len(data), zlib.crc32(data), Literal(data), len(data), Method.STORED)


def _with_interpreter(script: bytes, interpreter: str) -> bytes:
    """Return a script with its ``#!python`` line made Lambda's (binary distribution format, "Recommended features")."""
    first, newline, rest = script.partition(b"\n")
    if not first.startswith(b"#!python"):
        return script
    return b"#!" + interpreter.encode() + newline + rest


def _with_record(record: _Laid, moved: dict[str, tuple[str, bytes | None] | None], scheme: Scheme) -> _Laid:
    """Return RECORD with the paths of what moved, relative to the folder of the packages as an installer writes them."""
    rows: list[Sequence[str]] = []
    for row in csv.reader(io.StringIO(record.content.read().decode("utf-8", "surrogateescape"))):
        if not row or row[0] not in moved:
            rows.append(row)
            continue
        target = moved[row[0]]
        if target is None:
            continue
        path, data = target
        relative = os.path.relpath(f"/{path}", f"/{scheme.packages}").replace(os.sep, "/")
        if data is None:
            rows.append((relative, *row[1:]))
        else:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append((relative, f"sha256={digest}", str(len(data))))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return _laid_literal(record.path, text.getvalue().encode("utf-8", "surrogateescape"), record.mode)


def _record(item: _Laid) -> Record:
    mode = stat.S_IFREG | item.mode
    return Record(item.path, item.method.value, item.crc32, item.compressed_bytes, item.size_bytes, mode)


def _write_block(laid: Sequence[_Laid], wheel: Wheel, path: Path) -> None:
    """Write the headers and bytes of the members, in their order, to a new file."""
    with path.open("xb") as block, wheel.path.open("rb") as source:
        for item in laid:
            block.write(local_header(_record(item)))
            if isinstance(item.content, Slice):
                source.seek(item.content.offset)
                block.write(source.read(item.compressed_bytes))
            else:
                block.write(item.content.compressed()[1])


def _index(laid: Sequence[_Laid]) -> bytes:
    columns = [
        "\n".join(item.path for item in laid),
        [item.mode for item in laid],
        [item.size_bytes for item in laid],
        [item.crc32 for item in laid],
        [item.compressed_bytes for item in laid],
        [item.method.value for item in laid],
    ]
    return json.dumps(columns, separators=(",", ":")).encode()


def _from_index(index: bytes, block: Path, wheel: Wheel) -> Iterator[Entry]:
    names, *numbers = json.loads(index)
    offset = 0
    methods = {method.value: method for method in Method}
    paths = names.split("\n") if names else []
    for path, mode, size, crc32, compressed, method in zip(paths, *numbers, strict=True):
        begin = offset + local_header_bytes(Record(path, method, crc32, compressed, size, mode))
        content = Slice(
            file=block,
            offset=begin,
            compressed_bytes=compressed,
            size_bytes=size,
            crc32=crc32,
            method=methods[method],
            header_offset=offset,
        )
        offset = begin + compressed
        yield Entry(
            path=path, mode=mode, size_bytes=size, crc32=crc32, origin=wheel.filename, content=content
        )


def _entry(item: _Laid, origin: str) -> Entry:
    return Entry(
        path=item.path,
        mode=item.mode,
        size_bytes=item.size_bytes,
        crc32=item.crc32,
        origin=origin,
        content=item.content,
    )
