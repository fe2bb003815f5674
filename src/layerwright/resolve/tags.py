"""The wheel tags that a target takes, best first, and the best of several wheels; no host is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from layerwright.targets.target import Target

# PEP 600: what the older names of manylinux mean.
_LEGACY: Final = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
# The oldest glibc that PEP 600 names per machine: manylinux1 is x86 only, the others began with manylinux2014.
_OLDEST_GLIBC: Final = {"x86_64": 5}
_OLDEST_GLIBC_ELSEWHERE: Final = 17


@lru_cache(maxsize=64)
def supported_tags(target: Target, glibc: tuple[int, int]) -> tuple[str, ...]:
    """The tags of the wheels that the target takes, best first, as ``packaging.tags`` orders them on such a host.

    >>> from layerwright.targets import parse_target
    >>> supported_tags(parse_target("python3.11-x86_64"), (2, 26))[0]
    'cp311-cp311-manylinux_2_26_x86_64'
    """
    major, minor = target.python
    own = f"cp{major}{minor}"
    platforms = tuple(_platforms(target.machine, glibc))
    interpreters = [(own, own), (own, "abi3"), (own, "none")]
    interpreters += [(f"cp{major}{older}", "abi3") for older in range(minor - 1, 1, -1)]
    pure = [f"py{major}{minor}", f"py{major}", *(f"py{major}{older}" for older in range(minor - 1, -1, -1))]
    interpreters += [(python, "none") for python in pure]
    native = [f"{python}-{abi}-{platform}" for python, abi in interpreters for platform in platforms]
    return (*native, f"{own}-none-any", *(f"{python}-none-any" for python in pure))


@lru_cache(maxsize=64)
def tag_ranks(target: Target, glibc: tuple[int, int]) -> Mapping[str, int]:
    """The place of each tag in ``supported_tags``; lower is better."""
    return {tag: rank for rank, tag in enumerate(supported_tags(target, glibc))}


def wheel_tags(filename: str) -> Iterator[str]:
    """The tags of a wheel's file name, one by one; none where it is not a wheel's name.

    >>> list(wheel_tags("six-1.17.0-py2.py3-none-any.whl"))
    ['py2-none-any', 'py3-none-any']
    """
    parts = filename.removesuffix(".whl").split("-")
    if not filename.endswith(".whl") or len(parts) not in {5, 6}:
        return
    pythons, abis, platforms = (part.lower().split(".") for part in parts[-3:])
    for python in pythons:
        for abi in abis:
            for platform in platforms:
                yield f"{python}-{abi}-{platform}"


def wheel_rank(filename: str, ranks: Mapping[str, int]) -> int | None:
    """The best rank of a wheel's tags; None where the wheel does not fit."""
    return min((ranks[tag] for tag in wheel_tags(filename) if tag in ranks), default=None)


def best_wheel(filenames: Iterable[str], target: Target, glibc: tuple[int, int]) -> str | None:
    """The wheel that fits best, the higher build number first; None where none fits."""
    ranks = tag_ranks(target, glibc)
    ranked = [
        (rank, _build(name), name) for name in filenames if (rank := wheel_rank(name, ranks)) is not None
    ]
    return (
        min(ranked, key=lambda entry: (entry[0], (-entry[1][0], entry[1][1]), entry[2]))[2]
        if ranked
        else None
    )


def _build(filename: str) -> tuple[int, str]:
    parts = filename.split("-")
    if len(parts) != 6:
        return (-1, "")
    digits = len(parts[2]) - len(parts[2].lstrip("0123456789"))
    return (int(parts[2][:digits] or -1), parts[2][digits:])


def _platforms(machine: str, glibc: tuple[int, int]) -> Iterator[str]:
    major, newest = glibc
    oldest = _OLDEST_GLIBC.get(machine, _OLDEST_GLIBC_ELSEWHERE)
    for minor in range(newest, oldest - 1, -1):
        yield f"manylinux_{major}_{minor}_{machine}"
        if (major, minor) in _LEGACY:
            yield f"{_LEGACY[major, minor]}_{machine}"
    yield f"linux_{machine}"
