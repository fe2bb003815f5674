"""What a target answers to environment markers (PEP 508), and the judging of markers and specifiers by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from layerwright.errors import UsageError
from layerwright.targets.target import Target

_SIMPLE_PYTHON: Final = re.compile(r"(==|>=)\s*3\.(\d+)(\.\*)?")


def marker_environment(target: Target) -> dict[str, str]:
    """The environment that markers are judged in, for the target and never for the host.

    Which patch release a runtime runs changes without notice, so the first of the minor version stands for
    all, as it does when uv is asked for ``3.11``: a backport that only older patches need is then included.
    """
    version = target.python_version
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{version}.0",
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{version}.0",
        "python_version": version,
        "sys_platform": "linux",
    }


def environment_marker(target: Target) -> str:
    """The marker that holds for the target's Python and machine, as our locks have it among their environments."""
    return (
        f"implementation_name == 'cpython' and python_version == '{target.python_version}'"
        f" and sys_platform == 'linux' and platform_machine == '{target.machine}'"
    )


@lru_cache(maxsize=4096)
def marker_holds(
    marker: str, target: Target, *, extras: frozenset[str] = frozenset(), groups: frozenset[str] = frozenset()
) -> bool:
    """Whether a marker holds for the target, with these extras and dependency groups asked for.

    Raises UsageError where it is not a marker.
    """
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison

    environment: dict[str, str | frozenset[str]] = {
        **marker_environment(target),
        "extras": extras,
        "dependency_groups": groups,
    }
    try:
        parsed = Marker(marker)
        return any(
            parsed.evaluate({**environment, "extra": extra}, context="lock_file")
            for extra in (*sorted(extras), "")
        )
    except (InvalidMarker, UndefinedComparison) as error:
        raise UsageError(f"not an environment marker: {marker!r} ({str(error).splitlines()[0]})") from error


def python_fits(specifier: str, target: Target) -> bool:
    """Whether a Requires-Python specifier takes some patch release of the target's Python."""
    simple = _SIMPLE_PYTHON.fullmatch(specifier.strip())
    if simple:
        minor = int(simple[2])
        return target.python[1] == minor if simple[1] == "==" else target.python[1] >= minor
    return specifier_takes(specifier, _patches(target))


def specifier_takes(specifier: str, versions: Iterable[str]) -> bool:
    """Whether a version specifier takes one of these versions; UsageError where it is not a specifier."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise UsageError(f"not a version specifier: {specifier!r}") from error
    return any(allowed.contains(version, prereleases=True) for version in versions)


def _patches(target: Target) -> Mapping[str, None]:
    return dict.fromkeys(f"{target.python_version}.{patch}" for patch in range(100))
