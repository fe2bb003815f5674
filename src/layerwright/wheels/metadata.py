"""The text files of a wheel's dist-info folder: METADATA, WHEEL and entry_points.txt.

Read by hand and not by ``email.parser`` and ``configparser``: those cost more to import than a warm build may last, and take
more than these formats hold. The formats: https://packaging.python.org/en/latest/specifications/core-metadata/,
.../binary-distribution-format/ and .../entry-points/.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from layerwright.errors import IntegrityError
from layerwright.wheels.wheel import EntryPoint

_LICENSE_CLASSIFIER: Final = "License :: "
_LONGEST_LICENSE: Final = 120
_LONGEST_TAG: Final = 1000
_MOST_HEADER_CHARACTERS: Final = 1 << 20
_OBJECT = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<attribute>[\w.]+)\s*(?:\[[^\]]*\])?")


class Metadata(NamedTuple):
    """What we take from METADATA; ``license`` is an SPDX expression where the package gives one, else its own words."""

    name: str
    version: str
    requires: tuple[str, ...]
    requires_python: str | None
    license: str | None


class WheelHeader(NamedTuple):
    """What the WHEEL file says; ``tags`` are sorted, compressed sets written out."""

    tags: tuple[str, ...]
    root_is_purelib: bool


def read_metadata(data: bytes, *, wheel: str) -> Metadata:
    """Return what METADATA says. Raises IntegrityError, naming ``wheel``, where it has no name or version."""
    headers = _read_headers(data, wheel)
    name, version = _first(headers, "name"), _first(headers, "version")
    if not name or not version:
        raise IntegrityError(f"{wheel}: its METADATA has no {'version' if name else 'name'}")
    return Metadata(
        name=name,
        version=version,
        requires=headers.get("requires-dist", ()),
        requires_python=_first(headers, "requires-python"),
        license=_license(headers),
    )


def read_wheel_header(data: bytes, *, wheel: str) -> WheelHeader:
    """Return what the WHEEL file says.

    Raises IntegrityError, naming ``wheel``, where the format is newer than 1.x or a tag has not three parts.
    """
    headers = _read_headers(data, wheel)
    version = _first(headers, "wheel-version") or "none"
    if version.partition(".")[0] != "1":
        raise IntegrityError(f"{wheel}: Wheel-Version is {version}, 1.x is what can be read")
    tags: set[str] = set()
    for line in headers.get("tag", ()):
        parts = line.split("-")
        if len(parts) != 3 or len(line) > _LONGEST_TAG:
            raise IntegrityError(
                f"{wheel}: its WHEEL file has the tag {line[:80]!r}, expected three parts, as py3-none-any"
            )
        tags.update("-".join(tag) for tag in itertools.product(*(part.split(".") for part in parts)))
    purelib = (_first(headers, "root-is-purelib") or "").lower() == "true"
    return WheelHeader(tags=tuple(sorted(tags)), root_is_purelib=purelib)


def read_entry_points(data: bytes, *, wheel: str) -> tuple[EntryPoint, ...]:
    """Return the console and GUI scripts, sorted; lines that name no object are left out, as installers do.

    Raises IntegrityError, naming ``wheel``, where a script's name would be a path.
    """
    section = ""
    found: set[EntryPoint] = set()
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text.strip("[] ")
        name, equals, target = (part.strip() for part in text.partition("="))
        if not equals or section not in ("console_scripts", "gui_scripts") or text.startswith(("#", ";")):
            continue
        if name in ("", ".", "..") or any(character in name for character in "/\\:\0"):
            raise IntegrityError(f"{wheel}: an entry point is called {name!r}, which is no name for a script")
        reference = _OBJECT.fullmatch(target.split(" #")[0].rstrip())
        if reference:
            found.add(EntryPoint(name, reference["module"], reference["attribute"]))
    return tuple(sorted(found))


def _read_headers(data: bytes, wheel: str) -> dict[str, tuple[str, ...]]:
    """Each header's values in order, under its name in small letters; what follows the first empty line is not read."""
    head = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").partition("\n\n")[0]
    if len(head) > _MOST_HEADER_CHARACTERS:
        raise IntegrityError(
            f"{wheel}: its metadata has {len(head)} characters of headers, more than is read"
        )
    found: dict[str, list[list[str]]] = {}
    last: list[str] = []
    for line in head.split("\n"):
        if line[:1] in (" ", "\t"):
            last.append(line.strip())
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = [value.strip()]
            found.setdefault(name.strip().lower(), []).append(last)
    return {name: tuple("\n".join(lines) for lines in values) for name, values in found.items()}


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    """The first value, on one line; None where there is none, or it says nothing."""
    value = " ".join(headers.get(name, ("",))[0].split())
    return None if value in ("", "UNKNOWN") else value


def _license(headers: Mapping[str, tuple[str, ...]]) -> str | None:
    """The expression; else the License field where it is a name and not a whole text; else the classifiers' names."""
    expression = _first(headers, "license-expression")
    if expression:
        return expression
    words = _first(headers, "license")
    if words and len(words) <= _LONGEST_LICENSE:
        return words
    classifiers = headers.get("classifier", ())
    names = [line.rpartition("::")[2].strip() for line in classifiers if line.startswith(_LICENSE_CLASSIFIER)]
    return "; ".join(names) or (words[:_LONGEST_LICENSE] if words else None)
