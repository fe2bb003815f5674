"""uv's platform names for a machine and a glibc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerwright.errors import UsageError
from layerwright.targets.target import Target

# The manylinux versions for which `uv pip compile --python-platform` has a value (uv 0.13).
_MINORS: Final = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
WIDEST: Final = (2, _MINORS[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """uv's names around a glibc: ``floor`` takes nothing too new for it, ``above`` everything that fits.

    ``above`` is None where uv has a value for that very glibc, and nothing is left to look for above it.
    """

    floor: str
    above: str | None


def platforms_around(target: Target, glibc: tuple[int, int]) -> Platforms:
    """uv's platform names for the target, around its glibc; UsageError for a glibc older than any that uv knows."""
    below = [minor for minor in _MINORS if (2, minor) <= glibc]
    if not below:
        raise UsageError(
            f"{target}: glibc {glibc[0]}.{glibc[1]} is older than 2.{_MINORS[0]}, the oldest that wheels are resolved for"
        )
    over = [minor for minor in _MINORS if (2, minor) > glibc]
    exact = (2, below[-1]) == glibc or not over
    return Platforms(floor=_name(target, below[-1]), above=None if exact else _name(target, over[0]))


def widest_platform(target: Target) -> str:
    """The platform that takes every wheel for the target's machine that uv knows of."""
    return _name(target, WIDEST[1])


def _name(target: Target, minor: int) -> str:
    return f"{target.machine}-manylinux_2_{minor}"
