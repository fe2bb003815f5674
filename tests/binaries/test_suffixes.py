"""File names of extension modules, and which of them an interpreter tries."""

from __future__ import annotations

import importlib.machinery
import platform
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwright.binaries.suffixes import (
    ExtensionName,
    Refusal,
    accepted_suffixes,
    entry_functions,
    parse_extension_name,
    refusal,
)


def parsed(filename: str) -> ExtensionName:
    name = parse_extension_name(filename)
    assert name is not None
    return name


@pytest.mark.parametrize(
    ("filename", "python", "machine", "expected"),
    [
        ("_x.cpython-311-x86_64-linux-gnu.so", (3, 11), "x86_64", None),
        ("_x.cpython-39-aarch64-linux-gnu.so", (3, 9), "aarch64", None),
        ("_x.cpython-37m-x86_64-linux-gnu.so", (3, 7), "x86_64", None),
        ("_x.abi3.so", (3, 8), "aarch64", None),
        ("_x.so", (3, 8), "aarch64", None),
        ("_x.abi3t.so", (3, 15), "x86_64", None),
        ("_x.abi3-x86_64-linux-gnu.so", (3, 15), "x86_64", None),
        ("_x.abi3t.so", (3, 14), "x86_64", Refusal.FREE_THREADED),
        ("_x.abi3-x86_64-linux-gnu.so", (3, 14), "x86_64", Refusal.UNKNOWN_TAG),
        ("_x.abi3-aarch64-linux-gnu.so", (3, 15), "x86_64", Refusal.OTHER_MACHINE),
        ("_x.cpython-310-x86_64-linux-gnu.so", (3, 11), "x86_64", Refusal.OTHER_PYTHON),
        ("_x.cpython-36m-x86_64-linux-gnu.so", (3, 8), "x86_64", Refusal.OTHER_PYTHON),
        ("_x.cpython-313t-x86_64-linux-gnu.so", (3, 13), "x86_64", Refusal.FREE_THREADED),
        ("_x.cpython-311d-x86_64-linux-gnu.so", (3, 11), "x86_64", Refusal.DEBUG),
        ("_x.cpython-311-x86_64-linux-musl.so", (3, 11), "x86_64", Refusal.OTHER_LIBC),
        ("_x.cpython-311-aarch64-linux-gnu.so", (3, 11), "x86_64", Refusal.OTHER_MACHINE),
        ("_x.cpython-311-i386-linux-gnu.so", (3, 11), "x86_64", Refusal.OTHER_MACHINE),
        ("_x.cpython-311-darwin.so", (3, 11), "x86_64", Refusal.OTHER_SYSTEM),
        ("_x.cpython-313-iphoneos.so", (3, 13), "aarch64", Refusal.OTHER_SYSTEM),
        ("_x.cp311-win_amd64.pyd", (3, 11), "x86_64", Refusal.OTHER_SYSTEM),
        ("_x.pyd", (3, 11), "x86_64", Refusal.OTHER_SYSTEM),
        ("_x.pypy39-pp73-x86_64-linux-gnu.so", (3, 9), "x86_64", Refusal.OTHER_IMPLEMENTATION),
        ("_x.graalpy231-311-native-x86_64-linux.so", (3, 11), "x86_64", Refusal.OTHER_IMPLEMENTATION),
        ("_x.cpython-311.so", (3, 11), "x86_64", Refusal.UNKNOWN_TAG),
        ("a.b.so", (3, 11), "x86_64", Refusal.UNKNOWN_TAG),
    ],
)
def test_which_files_an_interpreter_tries(
    filename: str, python: tuple[int, int], machine: str, expected: Refusal | None
) -> None:
    assert refusal(parsed(filename), python, machine) == expected


@pytest.mark.parametrize("filename", ["libz.so.1", "x.py", ".so", "x.dylib", "_x.cpython-311.pyc"])
def test_other_names_are_no_extension_modules(filename: str) -> None:
    assert parse_extension_name(filename) is None


def test_a_name_is_taken_apart() -> None:
    assert parsed("_x.cpython-313t-aarch64-linux-musl.so") == ExtensionName(
        module="_x",
        tag="cpython-313t-aarch64-linux-musl",
        ending=".so",
        implementation="cpython",
        python=(3, 13),
        flags="t",
        machine="aarch64",
        libc="musl",
        system="Linux",
    )
    assert parsed("_x.abi3.so").stable
    assert not parsed("_x.so").stable


@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc" or sys.implementation.name != "cpython",
    reason="only CPython on Linux with glibc has these suffixes",
)
def test_the_suffixes_are_those_of_this_interpreter() -> None:
    ours = accepted_suffixes(sys.version_info[:2], platform.machine())
    assert ours == tuple(importlib.machinery.EXTENSION_SUFFIXES)


@pytest.mark.parametrize(
    ("module", "python", "expected"),
    [
        ("_fast", (3, 11), ("PyInit__fast",)),
        ("_fast", (3, 15), ("PyModExport__fast", "PyInit__fast")),
        ("lančmít", (3, 11), ("PyInitU_lanmt_2sa6t",)),
    ],
)
def test_entry_functions(module: str, python: tuple[int, int], expected: tuple[str, ...]) -> None:
    assert entry_functions(module, python) == expected


@given(st.text(max_size=60).map(lambda text: f"m.{text}.so"))
def test_any_name_gets_an_answer(filename: str) -> None:
    name = parse_extension_name(filename)
    assert name is not None
    refusal(name, (3, 12), "x86_64")
