"""Symbol lists as text, and versions in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwright.targets.sections import read_sections, write_sections
from layerwright.targets.symbols import (
    exports_from_text,
    exports_text,
    newest_versions,
    read_exports,
    sections_within,
)
from layerwright.targets.version import split_version, within

NAME = st.text(st.characters(exclude_characters="@"), min_size=1, max_size=8)
SYMBOL = st.one_of(NAME, st.tuples(NAME, NAME).map("@".join))


@given(st.frozensets(SYMBOL))
def test_exports_read_back(exports: frozenset[str]) -> None:
    text = exports_text(exports)
    assert exports_from_text(text) == exports
    assert text.isascii()
    assert "'" not in text


@given(st.frozensets(SYMBOL), st.randoms())
def test_the_text_does_not_depend_on_the_order_of_a_set(exports: frozenset[str], random: object) -> None:
    symbols = sorted(exports)
    random.shuffle(symbols)  # type: ignore[attr-defined]
    assert exports_text(frozenset(symbols)) == exports_text(exports)


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="[]#"), min_size=1)


@given(st.dictionaries(WORD, st.frozensets(WORD)))
def test_sections_read_back(sections: dict[str, frozenset[str]]) -> None:
    text = write_sections(sections, comment="where they are from")
    assert {heading: frozenset(words) for heading, words in read_sections(text)} == sections
    assert all(len(line) <= 120 or " " not in line for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word\n[a]\n", "expected a .heading., got 'word'"),
        ("[a\nword\n", "expected ']'"),
        ("[a\nb]\nc", "expected ']'"),
    ],
)
def test_what_is_no_text_of_sections(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(read_sections(text))


def test_an_empty_text_has_no_sections() -> None:
    assert list(read_sections("")) == list(read_sections("# only a comment\n\n")) == []


def test_hidden_versions_bind_only_with_their_version() -> None:
    assert read_exports([("~V_1", ["old"]), ("V_2", ["new"]), ("-", ["plain"])]) == {
        "old@V_1",
        "new",
        "new@V_2",
        "plain",
    }


def test_a_ceiling_leaves_out_what_is_newer() -> None:
    sections = [
        ("GLIBC_2.4", ["a"]),
        ("GLIBC_2.30", ["b"]),
        ("GLIBC_PRIVATE", ["c"]),
        ("OTHER_9", ["d"]),
        ("-", ["e"]),
    ]
    kept = dict(sections_within(sections, {"GLIBC": "2.26"}))
    assert set(kept) == {"GLIBC_2.4", "GLIBC_PRIVATE", "OTHER_9", "-"}


@pytest.mark.parametrize(
    ("version", "split"),
    [
        ("GLIBC_2.2.5", ("GLIBC", (2, 2, 5))),
        ("CXXABI_1.3", ("CXXABI", (1, 3))),
        ("CXXABI_TM_1", ("CXXABI_TM", (1,))),
        ("GLIBC_PRIVATE", None),
        ("GLIBC_2.", None),
        ("2.4", None),
        ("GLIBC_²", None),
        ("", None),
    ],
)
def test_versions_split(version: str, split: tuple[str, tuple[int, ...]] | None) -> None:
    assert split_version(version) == split


def test_versions_are_compared_as_numbers() -> None:
    assert within("GLIBC_2.4", {"GLIBC": "2.17"})
    assert not within("GLIBC_2.17", {"GLIBC": "2.4"})
    assert within("GCC_14.0", {"GCC": "14.0.0"})


def test_the_newest_versions_of_libraries() -> None:
    found = newest_versions(
        [["GLIBC_2.4", "GLIBC_2.31", "GLIBC_PRIVATE"], ["CXXABI_1.3.9", "GLIBCXX_3.4.28"]]
    )
    assert found == {"CXXABI": "1.3.9", "GLIBC": "2.31", "GLIBCXX": "3.4.28"}
