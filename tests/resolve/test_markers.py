from __future__ import annotations

import pytest

from layerwright.errors import UsageError
from layerwright.resolve.markers import environment_marker, marker_environment, marker_holds, python_fits
from layerwright.targets import lambda_targets, parse_target
from resolve.conftest import Shelf, versions

ARM = parse_target("python3.12-arm64")


def test_the_environment_has_every_variable_of_the_specification() -> None:
    from packaging.markers import default_environment

    assert marker_environment(ARM).keys() == default_environment().keys()


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("sys_platform == 'linux'", True),
        ("platform_machine == 'aarch64'", True),
        ("platform_machine == 'arm64'", False),
        ("python_version >= '3.9' and python_full_version < '3.13'", True),
        ("os_name == 'nt' or platform_python_implementation == 'PyPy'", False),
        ("extra == 'aws'", True),
        ("extra == 'other'", False),
        ("'aws' in extras and 'dev' not in dependency_groups", True),
    ],
)
def test_markers_hold_for_the_target(marker: str, *, holds: bool) -> None:
    assert marker_holds(marker, ARM, extras=frozenset({"aws"})) is holds


def test_what_is_no_marker() -> None:
    with pytest.raises(UsageError, match="not an environment marker"):
        marker_holds("python_version >>= '3'", ARM)


@pytest.mark.parametrize(
    ("specifier", "fits"),
    [
        (">=3.9", True),
        ("==3.12.*", True),
        ("==3.11.*", False),
        (">=3.13", False),
        (">=3.8,<3.12", False),
        ("<4", True),
        (">=3.12.4", True),
        ("~=3.10", True),
        ("!=3.12.*", False),
        ("", True),
    ],
)
def test_requires_python(specifier: str, *, fits: bool) -> None:
    assert python_fits(specifier, ARM) is fits


def test_each_target_is_told_by_its_marker() -> None:
    for target in lambda_targets():
        assert [other for other in lambda_targets() if marker_holds(environment_marker(target), other)] == [
            target
        ]


@pytest.mark.parametrize("name", ["python3.9-x86_64", "python3.13-arm64"])
def test_uv_judges_markers_alike(shelf: Shelf, name: str) -> None:
    target = parse_target(name)
    lines = []
    for variable, value in marker_environment(target).items():
        package = variable.replace("_", "-")
        shelf.wheel(package)
        lines.append(f"{package} ; {variable} == '{value}'")
    assert len(versions(shelf.resolve(*lines, target=name, glibc=(2, 34)))) == len(lines)
