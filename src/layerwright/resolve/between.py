"""Versions that a package may well have between two that are known.

uv tells of an index's versions one at a time: the best up to a bound. Asked with many bounds at once it tells of many,
in one run; a bound that is no version gives the one below it, so a guess is never wrong, and may only miss some.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from packaging.version import Version

_MOST: Final = 64
_HIGHEST: Final = 9
"""How high the numbers of a series are thought to go where nothing is known of it."""


def versions_between(low: str, high: str) -> tuple[str, ...]:
    """Return bounds between two versions, newest first, both left out.

    >>> versions_between("2.2.8", "2.3.1")
    ('2.3.0', '2.2.9')
    >>> versions_between("1.8.1", "1.8.2")
    ()
    """
    from packaging.version import Version

    least, most = Version(low), Version(high)
    if least.epoch or most.epoch or least >= most:
        return ()
    bounds = (f"{major}.{minor}.{micro}" for major, minor, micro in _series(least, most))
    return tuple(itertools.islice(bounds, _MOST))


def _series(low: Version, high: Version) -> Iterator[tuple[int, int, int]]:
    for major in range(high.major, low.major - 1, -1):
        newest = high.minor if major == high.major else max(_HIGHEST, low.minor)
        for minor in range(newest, low.minor - 1 if major == low.major else -1, -1):
            top = high.micro - 1 if (major, minor) == (high.major, high.minor) else max(_HIGHEST, low.micro)
            bottom = low.micro if (major, minor) == (low.major, low.minor) else -1
            yield from ((major, minor, micro) for micro in range(top, bottom, -1))
