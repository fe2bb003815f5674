"""Names of targets: what is read, and what is suggested instead of what isn't one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from layerwright.errors import UsageError
from layerwright.targets import Target, lambda_targets, parse_target, runtime_ids


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_a_target_reads_back_from_its_name(target: Target) -> None:
    assert parse_target(str(target)) == target


def test_every_runtime_has_both_architectures_oldest_first() -> None:
    minors = range(8, 16)
    assert runtime_ids() == tuple(f"python3.{minor}" for minor in minors)
    names = [f"python3.{minor}-{arch}" for minor in minors for arch in ("x86_64", "arm64")]
    assert [str(target) for target in lambda_targets()] == names


def test_a_target_has_the_words_of_wheel_tags() -> None:
    target = parse_target("python3.12-arm64")
    assert (target.machine, target.python_version, target.python) == ("aarch64", "3.12", (3, 12))


@pytest.mark.parametrize(
    ("name", "glibc"),
    [("python3.8-x86_64", (2, 26)), ("python3.11-arm64", (2, 26)), ("python3.12-x86_64", (2, 34))],
)
def test_there_are_two_worlds(name: str, glibc: tuple[int, int]) -> None:
    assert parse_target(name).glibc == glibc


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("python3.11", "python3.11-x86_64 or python3.11-arm64?"),
        ("py3.11", "python3.11-x86_64 or python3.11-arm64?"),
        ("3.13", "python3.13-x86_64 or python3.13-arm64?"),
        ("python311-x64", "python3.11-x86_64?"),
        ("3.11-arm", "python3.11-arm64?"),
        ("cp312-aarch64", "python3.12-arm64?"),
        ("x86_64-python3.11", "python3.11-x86_64?"),
        ("arm64/3.13", "python3.13-arm64?"),
        ("python3.9-amd64", "python3.9-x86_64?"),
        ("python3.11_x86_64", "python3.11-x86_64?"),
        ("Python3.11-X86_64", "python3.11-x86_64?"),
        ("python3.11-x86-64", "python3.11-x86_64?"),
        ("pyhton3.11-x86_64", "python3.11-x86_64?"),
        ("python3.11-arm46", "python3.11-arm64?"),
        ("pythn3.8-arm64", "python3.8-arm64?"),
        ("python-3.14-graviton", "python3.14-arm64?"),
    ],
)
def test_a_typo_gets_the_nearest_name(text: str, near: str) -> None:
    with pytest.raises(UsageError, match="unknown target") as caught:
        parse_target(text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(f"did you mean {near}")


@pytest.mark.parametrize("text", ["", "lambda", "nodejs20.x", "python2.7", "-", "java21-x86_64"])
def test_nothing_is_suggested_where_nothing_is_near(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("`layerwright targets` lists them")


def test_a_missing_description_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        parse_target(str(tmp_path / "none.toml"))


def test_reading_a_name_loads_none_of_the_long_lists() -> None:
    code = (
        "import sys; from layerwright.targets import parse_target; parse_target('python3.11-x86_64');"
        "print(sorted(name for name in sys.modules if name.startswith('layerwright')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    modules = {"layerwright", "layerwright.errors", "layerwright.targets", "layerwright.targets.entry"}
    assert set(eval(loaded)) - {"layerwright._version"} <= {*modules, "layerwright.targets.target"}
