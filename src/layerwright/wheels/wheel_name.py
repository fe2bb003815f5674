"""A wheel's file name, and when two names or versions are the same.

The format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
"""

from __future__ import annotations

import re
from typing import NamedTuple

from layerwright.errors import IntegrityError


class WheelName(NamedTuple):
    """The parts of a wheel's file name, as written; each of the last three may be a set, joined by dots."""

    filename: str
    name: str
    version: str
    python: str
    abi: str
    platform: str


def parse_wheel_filename(filename: str) -> WheelName:
    """Return the parts of a wheel's file name.

    >>> parse_wheel_filename("demo-1.0-py3-none-any.whl").version
    '1.0'

    Raises IntegrityError where it is none.
    """
    parts = filename.removesuffix(".whl").split("-")
    if (
        not filename.endswith(".whl")
        or len(parts) not in (5, 6)
        or not all(parts)
        or re.search(r"[/\\\0]", filename)
    ):
        raise IntegrityError(
            f"{filename!r} is not the name of a wheel; expected NAME-VERSION-PYTHON-ABI-PLATFORM.whl"
        )
    return WheelName(filename, parts[0], parts[1], *parts[-3:])


def normalize_name(name: str) -> str:
    """Return a package's name in the one form under which names are compared.

    >>> normalize_name("Typing_Extensions")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def same_name(one: str, other: str) -> bool:
    """Whether two names are of one package."""
    return normalize_name(one) == normalize_name(other)


def same_version(one: str, other: str) -> bool:
    """Whether two versions are equal, though written differently: ``1.0`` and ``1``, ``1+cpu`` and ``1_cpu``."""
    if one == other:
        return True
    from packaging.version import InvalidVersion, Version  # only the rare name needs it

    try:
        return Version(one.replace("_", "+", 1)) == Version(other.replace("_", "+", 1))
    except InvalidVersion:
        return normalize_name(one) == normalize_name(other)
