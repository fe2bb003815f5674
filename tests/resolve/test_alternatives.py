from __future__ import annotations

from layerwright.resolve.alternatives import wheel_coverage
from layerwright.targets import parse_target
from resolve.conftest import AL2, Shelf

X86 = parse_target("python3.11-x86_64")


def test_what_the_wheels_of_a_source_only_version_cover(shelf: Shelf) -> None:
    shelf.sdist("demo", "2.0", static=True)
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_28_aarch64", python="cp313-cp313")
    shelf.wheel("demo", "2.0", "manylinux_2_17_x86_64", python="cp39-cp39")
    shelf.wheel("demo", "1.5", "manylinux_2_24_x86_64")
    shelf.wheel("demo", "1.0")
    request = shelf.request("demo>=2")
    resolution = shelf.resolve("demo>=2")
    (package,) = resolution.lock.packages
    coverage = wheel_coverage(package, X86, glibc=AL2, request=request, settings=resolution.settings)
    assert [str(target) for target in coverage.targets] == ["python3.9-x86_64", "python3.13-arm64"]
    assert coverage.newest == "1.5"


def test_a_package_without_any_wheel(shelf: Shelf) -> None:
    shelf.sdist("demo", static=True)
    resolution = shelf.resolve("demo")
    (package,) = resolution.lock.packages
    request = shelf.request("demo")
    assert wheel_coverage(package, X86, glibc=AL2, request=request, settings=resolution.settings) == (
        (),
        None,
    )
