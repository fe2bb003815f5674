"""File names of wheels."""

from __future__ import annotations

import pytest

from layerwright.errors import IntegrityError
from layerwright.wheels.wheel_name import normalize_name, parse_wheel_filename, same_version


def test_the_parts_of_a_name() -> None:
    name = parse_wheel_filename("my_pkg-1.0-2-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    assert name[1:] == ("my_pkg", "1.0", "cp311", "abi3", "manylinux_2_17_x86_64.manylinux2014_x86_64")


@pytest.mark.parametrize(
    "name",
    [
        "demo-1.0.tar.gz",
        "demo.whl",
        "a-1-b-c-d-e-f.whl",
        "../a-1-py3-none-any.whl",
        "a--py3-none-any.whl",
        "",
    ],
)
def test_what_is_no_name_of_a_wheel(name: str) -> None:
    with pytest.raises(IntegrityError, match="not the name of a wheel"):
        parse_wheel_filename(name)


def test_names_are_compared_in_one_form() -> None:
    assert normalize_name("A.b__C-d") == "a-b-c-d"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.0", "1.0", True),
        ("1.0", "1.0.0", True),
        ("2.0+cpu", "2.0_cpu", True),
        ("1.0rc1", "1.0.rc1", True),
        ("1.0", "1.1", False),
        ("weird-1", "weird_1", True),
        ("weird", "1.0", False),
    ],
)
def test_versions_are_compared_as_versions(one: str, other: str, same: bool) -> None:
    assert same_version(one, other) is same
