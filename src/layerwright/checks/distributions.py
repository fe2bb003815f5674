"""The distributions of a stack, as their ``.dist-info`` (or ``.egg-info``) folders tell."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.stack import Stack

_RUNS: Final = re.compile(r"[-_.]+")
_WANTED: Final = frozenset(
    {
        "name",
        "version",
        "requires-dist",
        "requires-python",
        "provides-extra",
        "classifier",
        "tag",
        "root-is-purelib",
    }
)


class Recorded(NamedTuple):
    """A line of RECORD: the absolute path, the hash as written (``sha256=...``) and the size, each None where not given."""

    path: str
    hash: str | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A distribution of the stack.

    ``name`` is normalised, ``title`` as written. ``folder`` is the absolute path of its metadata, ``root`` the folder
    that its files are relative to. ``requires`` are its Requires-Dist lines; ``tags`` those of its WHEEL file. ``direct_url`` is
    the parsed direct_url.json. ``supports`` are the minor versions that its classifiers name. ``whole`` is False where METADATA couldn't be read as such.
    """

    name: str
    title: str
    version: str | None
    folder: str
    root: str
    requires: tuple[str, ...]
    requires_python: str | None
    extras: frozenset[str]
    tags: tuple[str, ...]
    direct_url: Mapping[str, object] | None = field(hash=False)
    top_level: tuple[str, ...]
    supports: frozenset[tuple[int, int]]
    has_record: bool
    whole: bool

    @property
    def requirement(self) -> str:
        """The distribution as one writes it in a requirement: ``psycopg2-binary==2.9.9``."""
        return f"{self.title}=={self.version}" if self.version else self.title


def normalise(name: str) -> str:
    """Return a project's name as PEP 503 has it.

    >>> normalise("Zope.Interface")
    'zope-interface'
    """
    return _RUNS.sub("-", name).lower()


def read_headers(text: str) -> dict[str, list[str]]:
    """Return the headers of METADATA or WHEEL that are used here, by lower-case name, in order."""
    headers: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in text.splitlines():
        if not line:  # one of blanks alone goes on with the licence's text
            break
        if line[0] in " \t":
            if values:
                values[-1] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        values = headers.setdefault(key, []) if colon and key in _WANTED else None
        if values is not None:
            values.append(value.strip())
    return headers


def read_distributions(stack: Stack) -> tuple[Distribution, ...]:
    """Return the distributions of the stack, sorted by name and folder."""
    found = [_read(stack, folder) for folder in _metadata_folders(stack)]
    return tuple(sorted(found, key=lambda distribution: (distribution.name, distribution.folder)))


def read_record(stack: Stack, distribution: Distribution) -> tuple[Recorded, ...]:
    """Return what RECORD lists, without what can't be a path; empty where there is no RECORD."""
    text = _text(stack, f"{distribution.folder}/RECORD")
    return tuple(_recorded(text or "", distribution.root))


def _metadata_folders(stack: Stack) -> Iterator[str]:
    for folder, inside in stack.folders.items():
        for name, kind in inside.items():
            if (
                kind is Kind.DIRECTORY
                and name.endswith((".dist-info", ".egg-info"))
                and not name.startswith(".")
            ):
                yield f"{folder}/{name}"


def _read(stack: Stack, folder: str) -> Distribution:
    root, _, base = folder.rpartition("/")
    stem, _, kind = base.rpartition(".")
    metadata = _text(stack, f"{folder}/METADATA" if kind == "dist-info" else f"{folder}/PKG-INFO")
    headers = read_headers(metadata or "")
    wheel = read_headers(_text(stack, f"{folder}/WHEEL") or "")
    by_name, _, by_version = stem.partition("-")
    title = (headers.get("name") or [by_name])[0]
    return Distribution(
        name=normalise(title),
        title=title,
        version=next(iter(headers.get("version", ())), by_version.partition("-py")[0] or None),
        folder=folder,
        root=root,
        requires=tuple(headers.get("requires-dist", ())),
        requires_python=next(iter(headers.get("requires-python", ())), None),
        extras=frozenset(normalise(extra) for extra in headers.get("provides-extra", ())),
        tags=tuple(wheel.get("tag", ())),
        direct_url=_json(_text(stack, f"{folder}/direct_url.json")),
        top_level=tuple((_text(stack, f"{folder}/top_level.txt") or "").split()),
        supports=frozenset(_minors(headers.get("classifier", ()))),
        has_record=f"{folder}/RECORD" in stack,
        whole=bool(headers.get("name") and headers.get("version")),
    )


def _minors(classifiers: Iterable[str]) -> Iterator[tuple[int, int]]:
    for classifier in classifiers:
        major, dot, minor = classifier.removeprefix("Programming Language :: Python :: ").partition(".")
        if dot and major.isdecimal() and minor.isdecimal():
            yield int(major), int(minor)


def _text(stack: Stack, path: str) -> str | None:
    entry = stack.get(path)
    return entry.read().decode("utf-8", "replace") if entry is not None and entry.kind is Kind.FILE else None


def _json(text: str | None) -> Mapping[str, object] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _recorded(text: str, root: str) -> Iterator[Recorded]:
    for line in text.splitlines():
        path, _, rest = line.rpartition(",")
        path, _, digest = path.rpartition(",")
        if not path:
            continue
        if path[0] == '"':
            path = path.strip('"').replace('""', '"')
        path = path.replace("\\", "/")
        if path.startswith(("/", "..")) or "/.." in path:
            path = posixpath.normpath(posixpath.join(root, path))
        else:
            path = f"{root}/{path}"
        yield Recorded(path, digest or None, int(rest) if rest.isdecimal() else None)
