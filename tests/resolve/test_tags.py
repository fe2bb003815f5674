from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging import tags as oracle

from layerwright.errors import UsageError
from layerwright.resolve.platforms import platforms_around, widest_platform
from layerwright.resolve.tags import best_wheel, supported_tags, wheel_tags
from layerwright.targets import Target, parse_target

AL2 = (2, 26)
ARM = parse_target("python3.12-arm64")
X86 = parse_target("python3.11-x86_64")


def _oracle(target: Target, platforms: list[str]) -> list[str]:
    own = f"cp{target.python[0]}{target.python[1]}"
    native = oracle.cpython_tags(target.python, abis=[own], platforms=platforms)
    pure = oracle.compatible_tags(target.python, interpreter=own, platforms=platforms)
    return [str(tag) for tag in (*native, *pure)]


@pytest.mark.parametrize("name", ["python3.8-x86_64", "python3.11-arm64", "python3.14-x86_64"])
def test_tags_are_those_of_packaging(name: str) -> None:
    target = parse_target(name)
    platforms = []
    for minor in range(26, 16 if target.machine == "aarch64" else 4, -1):
        platforms.append(f"manylinux_2_{minor}_{target.machine}")
        legacy = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}.get(minor)
        platforms += [f"{legacy}_{target.machine}"] if legacy else []
    platforms.append(f"linux_{target.machine}")
    assert list(supported_tags(target, AL2)) == _oracle(target, platforms)


def test_nothing_newer_than_the_glibc_and_nothing_of_another_machine_fits() -> None:
    tags = supported_tags(X86, AL2)
    assert "cp311-cp311-manylinux_2_26_x86_64" in tags
    assert not [
        tag for tag in tags if "manylinux_2_27" in tag or "aarch64" in tag or "musl" in tag or "t-" in tag
    ]


@pytest.mark.parametrize(
    ("filenames", "best"),
    [
        (["d-1-py3-none-any.whl", "d-1-cp311-cp311-manylinux_2_17_x86_64.whl"], 1),
        (["d-1-cp311-cp311-manylinux_2_17_x86_64.whl", "d-1-cp311-cp311-manylinux_2_24_x86_64.whl"], 1),
        (["d-1-cp38-abi3-manylinux2014_x86_64.whl", "d-1-cp310-abi3-manylinux1_x86_64.whl"], 1),
        (["d-1-1-py3-none-any.whl", "d-1-10b-py3-none-any.whl", "d-1-py3-none-any.whl"], 1),
        (["d-1-cp311-cp311-musllinux_1_1_x86_64.manylinux_2_5_x86_64.whl", "d-1-cp311-cp311-win32.whl"], 0),
    ],
)
def test_the_best_wheel(filenames: list[str], best: int) -> None:
    assert best_wheel(filenames, X86, AL2) == filenames[best]
    assert best_wheel(reversed(filenames), X86, AL2) == filenames[best]


@pytest.mark.parametrize(
    "filename",
    [
        "d-1-cp312-cp312-manylinux_2_17_x86_64.whl",
        "d-1-cp311-cp311-manylinux_2_28_x86_64.whl",
        "d-1.tar.gz",
        "x.whl",
        "",
    ],
)
def test_what_does_not_fit(filename: str) -> None:
    assert best_wheel([filename], X86, AL2) is None


@given(st.text(alphabet="abc-._0123456789wl", max_size=40))
def test_any_name_is_read(filename: str) -> None:
    assert all(tag.count("-") == 2 for tag in wheel_tags(f"{filename}.whl"))


@pytest.mark.parametrize(
    ("glibc", "floor", "above"),
    [
        ((2, 26), "manylinux_2_17", "manylinux_2_28"),
        ((2, 17), "manylinux_2_17", None),
        ((2, 34), "manylinux_2_34", None),
        ((2, 30), "manylinux_2_28", "manylinux_2_31"),
        ((2, 41), "manylinux_2_40", None),
    ],
)
def test_uvs_platforms_around_a_glibc(glibc: tuple[int, int], floor: str, above: str | None) -> None:
    around = platforms_around(ARM, glibc)
    assert around.floor == f"aarch64-{floor}"
    assert around.above == (above and f"aarch64-{above}")


def test_uv_takes_these_platforms(shelf) -> None:  # type: ignore[no-untyped-def]
    import subprocess

    from layerwright.resolve.uv import find_uv

    said = subprocess.run(
        [find_uv({}), "pip", "compile", "--help"], capture_output=True, text=True, check=True
    ).stdout
    values = " ".join(said.split())
    for minor in (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40):
        for target in (ARM, X86):
            assert platforms_around(target, (2, minor)).floor in values
    assert widest_platform(X86) == "x86_64-manylinux_2_40"
    assert "manylinux_2_26" not in values, "uv knows it now: ask for it"


def test_a_glibc_that_no_wheel_is_for() -> None:
    with pytest.raises(UsageError, match=r"2\.12"):
        platforms_around(X86, (2, 12))
