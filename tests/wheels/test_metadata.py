"""METADATA, WHEEL and entry_points.txt."""

from __future__ import annotations

import contextlib
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories.wheels import metadata_text
from layerwright.errors import IntegrityError
from layerwright.wheels.metadata import read_entry_points, read_metadata, read_wheel_header
from layerwright.wheels.wheel import EntryPoint

_LINE = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Z", "C"]), min_size=1
)


def test_metadata_is_read() -> None:
    text = metadata_text(
        "Demo.Pkg",
        "1.0",
        requires=["a>=1", 'b[x] ; extra == "y"'],
        requires_python=">=3.9",
        license_expression="MIT",
    )
    metadata = read_metadata(text.encode() + b"Requires-Dist: of-the-description\n", wheel="w")
    assert metadata == ("Demo.Pkg", "1.0", ("a>=1", 'b[x] ; extra == "y"'), ">=3.9", "MIT")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["License: BSD"], "BSD"),
        (["License: UNKNOWN"], None),
        (["License: BSD", "Classifier: License :: OSI Approved :: MIT License"], "BSD"),
        (
            ["License: " + "all rights " * 30, "Classifier: License :: OSI Approved :: MIT License"],
            "MIT License",
        ),
        (["License: first line", "        second line"], "first line second line"),
        (["Classifier: License :: OSI Approved :: A", "Classifier: License :: OSI Approved :: B"], "A; B"),
        ([], None),
    ],
)
def test_a_license_is_what_the_package_calls_it(headers: list[str], expected: str | None) -> None:
    assert read_metadata(metadata_text("d", "1", headers=headers).encode(), wheel="w").license == expected


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    data = b"\xef\xbb\xbf" + metadata_text("d", "1", requires=["a"]).replace("\n", "\r\n").encode()
    assert read_metadata(data, wheel="w")[:3] == ("d", "1", ("a",))


@pytest.mark.parametrize(
    ("text", "lacks"), [("Version: 1\n", "name"), ("Name: d\n", "version"), ("", "name")]
)
def test_metadata_without_name_or_version_is_refused(text: str, lacks: str) -> None:
    with pytest.raises(IntegrityError, match=rf"demo\.whl: its METADATA has no {lacks}"):
        read_metadata(text.encode(), wheel="demo.whl")


@given(st.lists(st.tuples(st.sampled_from(["Requires-Dist", "License", "X"]), _LINE), max_size=6))
def test_headers_are_those_that_the_email_package_finds(lines: list[tuple[str, str]]) -> None:
    message = Message()
    message["Name"], message["Version"] = "d", "1"
    for name, value in lines:
        message[name] = value
    text = "".join(f"{name}: {value}\n" for name, value in message.items())
    assert read_metadata(text.encode(), wheel="w").requires == tuple(message.get_all("Requires-Dist", ()))


def test_tags_are_written_out_and_sorted() -> None:
    header = read_wheel_header(
        b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: py2.py3-none-any\n",
        wheel="w",
    )
    assert header.tags == ("cp311-cp311-manylinux_2_17_x86_64", "py2-none-any", "py3-none-any")
    assert not header.root_is_purelib


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Wheel-Version: 2.0\n", "Wheel-Version is 2.0"),
        ("", "Wheel-Version is none"),
        ("Wheel-Version: 1.0\nTag: py3-none\n", "three parts"),
        ("Wheel-Version: 1.0\nTag: " + ".".join(["a"] * 999) + "-b-c\n", "three parts"),
    ],
)
def test_a_wheel_header_that_means_nothing_to_us_is_refused(text: str, message: str) -> None:
    with pytest.raises(IntegrityError, match=message):
        read_wheel_header(text.encode(), wheel="w")


def test_scripts_are_found_and_other_groups_are_not() -> None:
    text = b"""
# comment = a:b
[console_scripts]
two = pkg.cli:main [extra]
one=pkg:run.it
broken = nothing here
[gui_scripts]
win = pkg:gui
[other]
plug = pkg:plug
"""
    assert read_entry_points(text, wheel="w") == (
        EntryPoint("one", "pkg", "run.it"),
        EntryPoint("two", "pkg.cli", "main"),
        EntryPoint("win", "pkg", "gui"),
    )


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a\\b", "c:d", "..", ""])
def test_a_script_whose_name_is_a_path_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError, match="no name for a script"):
        read_entry_points(f"[console_scripts]\n{name} = a:b\n".encode(), wheel="w")


@given(st.binary(max_size=400))
def test_nothing_but_a_refusal_comes_of_any_bytes(data: bytes) -> None:
    for read in (read_metadata, read_wheel_header, read_entry_points):
        for before in (b"", b"Name: a\nVersion: 1\nWheel-Version: 1.0\nTag: ", b"[console_scripts]\n"):
            with contextlib.suppress(IntegrityError):
                read(before + data, wheel="w")


def test_more_headers_than_any_package_has_are_refused() -> None:
    text = b"Name: d\nVersion: 1\nLicense: x\n" + b" y\n" * 1_000_000
    with pytest.raises(IntegrityError, match=r"w: its metadata has 300[0-9]* characters"):
        read_metadata(text, wheel="w")
    assert read_metadata(b"Name: d\nVersion: 1\n\n" + b" y\n" * 1_000_000, wheel="w").name == "d"
