"""Symbol versions in order: ``GLIBC_2.4`` comes before ``GLIBC_2.17``."""

from __future__ import annotations

from collections.abc import Mapping


def split_version(version: str) -> tuple[str, tuple[int, ...]] | None:
    """Return the prefix and the numbers of a symbol version, None for one that has no numbers.

    >>> split_version("GLIBCXX_3.4.29")
    ('GLIBCXX', (3, 4, 29))
    >>> split_version("GLIBC_PRIVATE") is None
    True
    """
    prefix, _, number = version.rpartition("_")
    parts = number.split(".")
    if not prefix or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return prefix, tuple(int(part) for part in parts)


def within(version: str, ceiling: Mapping[str, str]) -> bool:
    """Whether ``version`` is not newer than its prefix's ceiling; true where there is none.

    >>> within("GLIBC_2.27", {"GLIBC": "2.26"})
    False
    """
    split = split_version(version.removeprefix("~"))
    if split is None or split[0] not in ceiling:
        return True
    return split[1] <= tuple(int(part) for part in ceiling[split[0]].split("."))
