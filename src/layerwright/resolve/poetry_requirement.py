"""Poetry's way to write requirements: ``^1.2``, ``~1.2``, ``1.*``, tables with markers and extras."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from layerwright.errors import UsageError
from layerwright.resolve.markers import specifier_takes
from layerwright.resolve.name import normalised_name
from layerwright.targets.target import Target

_PART: Final = re.compile(r"\s*(\^|~(?!=)|)\s*v?(\d[\w.*+!-]*)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A requirement: a package, the versions it may have, the extras asked of it, and when it counts."""

    name: str
    constraint: str = "*"
    extras: frozenset[str] = frozenset()
    marker: str | None = None
    optional: bool = False


def edges(table: Mapping[str, Any]) -> Iterator[Edge]:
    """The requirements of a ``dependencies`` table; Python itself is none."""
    for name, value in table.items():
        if name.lower() == "python":
            continue
        for entry in value if isinstance(value, list) else [value]:
            details = entry if isinstance(entry, dict) else {"version": entry}
            yield Edge(
                name=normalised_name(name),
                constraint=str(details.get("version") or "*"),
                extras=frozenset(normalised_name(extra) for extra in details.get("extras") or []),
                marker=_marker(details),
                optional=bool(details.get("optional")),
            )


def project_edges(project: Path, groups: frozenset[str]) -> list[Edge]:
    """What a pyproject.toml requires: [project] and [tool.poetry], the main group and those chosen."""
    import tomllib

    try:
        document = tomllib.loads(project.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"can't read {project}: {error}") from error
    poetry = (document.get("tool") or {}).get("poetry") or {}
    found = list(edges(poetry.get("dependencies") or {}))
    metadata = document.get("project") or {}
    found += [_standard(text) for text in metadata.get("dependencies") or []]
    for members in (metadata.get("optional-dependencies") or {}).values():
        found += [_standard(text, optional=True) for text in members]
    for group in sorted(groups):
        table = (poetry.get("group") or {}).get(group)
        if table is None and group == "dev" and "dev-dependencies" in poetry:
            table = {"dependencies": poetry["dev-dependencies"]}
        if table is None:
            raise UsageError(f"{project} has no dependency group {group!r}")
        found += edges(table.get("dependencies") or {})
    return found


def takes(constraint: str, version: str) -> bool:
    """Whether a constraint takes a version.

    >>> takes("^1.2", "1.9"), takes("^1.2", "2.0"), takes("~1.2 || 3.*", "3.4")
    (True, False, True)
    """
    return any(specifier_takes(_specifier(part), [version]) for part in constraint.split("||"))


def python_takes(constraint: str, target: Target) -> bool:
    """Whether a constraint on Python takes some patch release of the target's."""
    return any(takes(constraint, f"{target.python_version}.{patch}") for patch in (0, 1, 5, 20, 99))


def _specifier(constraint: str) -> str:
    """A constraint without ``||`` as a version specifier (PEP 440)."""
    parts = [part.strip() for part in constraint.split(",")]
    return ",".join(_part(part) for part in parts if part not in {"", "*"})


def _part(part: str) -> str:
    match = _PART.fullmatch(part)
    if match is None:
        return part
    sign, version = match[1], match[2]
    if not sign:
        return f"=={version}"
    release = [int(number) for number in re.findall(r"\d+", version.split("-")[0].split("+")[0])]
    return f">={version},<{_above(release, sign)}"


def _above(release: list[int], sign: str) -> str:
    """The first version that ``^`` or ``~`` no longer takes."""
    if sign == "~":
        kept = release[: 2 if len(release) > 1 else 1]
    else:
        first = next((at for at, number in enumerate(release) if number), len(release) - 1)
        kept = release[: first + 1]
    return ".".join(map(str, [*kept[:-1], kept[-1] + 1]))


def _marker(details: Mapping[str, Any]) -> str | None:
    markers = [details["markers"]] if details.get("markers") else []
    if details.get("python"):
        markers.append(_python_marker(str(details["python"])))
    if details.get("platform"):
        markers.append(f"sys_platform == '{details['platform']}'")
    return " and ".join(f"({marker})" for marker in markers) or None


def _python_marker(constraint: str) -> str:
    """A constraint on Python as a marker; one that takes every Python is a marker that always holds."""
    alternatives = []
    for part in constraint.split("||"):
        pieces = [piece for piece in _specifier(part).split(",") if piece]
        clauses = []
        for piece in pieces:
            match = re.fullmatch(r"\s*([<>=!~]+)\s*(\S+)\s*", piece)
            if match is None:
                raise UsageError(f"not a constraint on Python: {constraint!r}")
            clauses.append(f"python_full_version {match[1]} '{match[2]}'")
        alternatives.append(" and ".join(clauses) or "python_full_version >= '0'")
    return " or ".join(f"({alternative})" for alternative in alternatives)


def _standard(text: str, *, optional: bool = False) -> Edge:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"not a requirement: {text!r} ({error})") from error
    return Edge(
        name=normalised_name(requirement.name),
        constraint=str(requirement.specifier) or "*",
        extras=frozenset(normalised_name(extra) for extra in requirement.extras),
        marker=str(requirement.marker) if requirement.marker else None,
        optional=optional,
    )
