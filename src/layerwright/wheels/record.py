"""A wheel's RECORD: what it says of each member, and where the members differ from it.

The format: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from layerwright.errors import IntegrityError
from layerwright.wheels.wheel import RecordProblem

HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
"""The algorithms that a RECORD may use: the format wants sha256 or better, and others can't be judged."""

MOST_LINES: Final = 500_000

_UNHASHED: Final = ("RECORD", "RECORD.jws", "RECORD.p7s")


class RecordLine(NamedTuple):
    """What RECORD says of a path: the hash's algorithm and digest (None: no hash) and the size (None: no size)."""

    algorithm: str | None
    digest: bytes | None
    size_bytes: int | None


class Measured(NamedTuple):
    """What a member really is: its size, and its digest by the algorithm that RECORD names, or by sha256."""

    size_bytes: int
    digest: bytes


def read_record(data: bytes, *, wheel: str) -> dict[str, RecordLine]:
    """Return what RECORD says of each path; of two lines for one path, the later.

    A hash that can't be read stands as an empty digest, which nothing has. Raises IntegrityError, naming ``wheel``, where
    the file is no UTF-8 or no CSV, or has more than ``MOST_LINES`` lines.
    """
    lines: dict[str, RecordLine] = {}
    try:
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True):
            if len(lines) > MOST_LINES:
                raise IntegrityError(
                    f"{wheel}: its RECORD has more than {MOST_LINES} lines, which no wheel needs"
                )
            if row and row[0]:
                path, hash_text, size_text, *_ = (*row, "", "")
                lines[path] = _read_line(hash_text, size_text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise IntegrityError(f"{wheel}: its RECORD can't be read: {error}") from None
    return lines


def _read_line(hash_text: str, size_text: str) -> RecordLine:
    size = int(size_text) if size_text.isascii() and size_text.isdigit() and len(size_text) < 20 else None
    if not hash_text:
        return RecordLine(None, None, size)
    algorithm, _, encoded = hash_text.partition("=")
    try:
        digest = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        digest = b""
    return RecordLine(algorithm, digest if algorithm in HASHES else b"", size)


def record_problems(
    record: Mapping[str, RecordLine] | None, measured: Mapping[str, Measured], *, dist_info: str
) -> tuple[RecordProblem, ...]:
    """Return where RECORD (None: there is none) and the members differ, sorted.

    RECORD and its signatures need no line and no hash, as the format has it.
    """
    own = {f"{dist_info}/{name}" for name in _UNHASHED}
    if record is None:
        return (RecordProblem(f"{dist_info}/RECORD", "missing"),)
    problems = [RecordProblem(path, "missing") for path in record if path not in measured and path not in own]
    for path, member in measured.items():
        line = record.get(path)
        if line is None:
            problems += [RecordProblem(path, "not-recorded")] if path not in own else []
            continue
        if line.digest != member.digest and not (line.digest is None and path in own):
            problems.append(RecordProblem(path, "hash"))
        if line.size_bytes not in (None, member.size_bytes):
            problems.append(RecordProblem(path, "size"))
    return tuple(sorted(problems))


def algorithms(record: Mapping[str, RecordLine] | None, paths: Iterable[str]) -> dict[str, str]:
    """Which hash each path is to be measured by."""
    named = {path: (record or {}).get(path) for path in paths}
    return {
        path: line.algorithm if line and line.algorithm in HASHES else "sha256"
        for path, line in named.items()
    }
