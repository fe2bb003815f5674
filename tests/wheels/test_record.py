"""RECORD, and where members differ from it."""

from __future__ import annotations

import base64
import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.wheels import record_hash
from layerwright.errors import IntegrityError
from layerwright.wheels.record import Measured, RecordLine, algorithms, read_record, record_problems

_DIGEST = hashlib.sha256(b"x").digest()
_LINE = f"{record_hash(b'x')},1"


def test_lines_are_read() -> None:
    data = f'a.py,{_LINE}\n"b,c.py",{_LINE}\nd-1.dist-info/RECORD,,\n'.encode()
    assert read_record(data, wheel="w") == {
        "a.py": RecordLine("sha256", _DIGEST, 1),
        "b,c.py": RecordLine("sha256", _DIGEST, 1),
        "d-1.dist-info/RECORD": RecordLine(None, None, None),
    }


@pytest.mark.parametrize("hash_text", ["md5=abc", "sha1=abc", "nonsense", "sha256=***", "sha256=é"])
def test_a_hash_that_cannot_be_judged_is_one_that_nothing_has(hash_text: str) -> None:
    (line,) = read_record(f"a,{hash_text},1\n".encode(), wheel="w").values()
    assert line.digest == b""


@pytest.mark.parametrize("data", [b"\xff\xfe", b'a,"unclosed\n', b'"a"b,c\n'])
def test_what_is_no_csv_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="w: its RECORD can't be read"):
        read_record(data, wheel="w")


@pytest.mark.parametrize(
    ("line", "problems"),
    [
        (f"a,{_LINE}", []),
        (f"a,{record_hash(b'x')},", []),
        ("b,,", [("a", "not-recorded"), ("b", "missing")]),
        (f"a,{record_hash(b'y')},1", [("a", "hash")]),
        ("a,,1", [("a", "hash")]),
        (f"a,{record_hash(b'x')},2", [("a", "size")]),
        (f"a,{record_hash(b'y')},2", [("a", "hash"), ("a", "size")]),
    ],
)
def test_each_way_to_differ_is_told(line: str, problems: list[tuple[str, str]]) -> None:
    record = read_record(f"{line}\nd/RECORD,,\n".encode(), wheel="w")
    measured = {
        "a": Measured(1, _DIGEST),
        "d/RECORD": Measured(9, b"own"),
        "d/RECORD.jws": Measured(9, b"sig"),
    }
    assert record_problems(record, measured, dist_info="d") == tuple(problems)


def test_a_wheel_without_record_has_one_problem() -> None:
    assert record_problems(None, {"a": Measured(1, _DIGEST)}, dist_info="d") == (("d/RECORD", "missing"),)


def test_other_hashes_of_the_format_are_used() -> None:
    digest = hashlib.sha512(b"x").digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    record = read_record(f"a,sha512={text},1\n".encode(), wheel="w")
    assert algorithms(record, ["a", "b"]) == {"a": "sha512", "b": "sha256"}
    assert record_problems(record, {"a": Measured(1, digest)}, dist_info="d") == ()


def test_more_lines_than_a_wheel_needs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerwright.wheels.record.MOST_LINES", 100)
    with pytest.raises(IntegrityError, match="w: its RECORD has more than 100 lines"):
        read_record(b"".join(b"%d,,\n" % number for number in range(200)), wheel="w")


@given(st.binary(max_size=300))
def test_nothing_but_a_refusal_comes_of_any_bytes(data: bytes) -> None:
    for before in (b"", b"a,sha256=", b"a,,"):
        with contextlib.suppress(IntegrityError):
            record = read_record(before + data, wheel="w")
            record_problems(record, {"a": Measured(1, _DIGEST)}, dist_info="d")
