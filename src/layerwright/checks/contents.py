"""What layers and function hold, whatever the target: parsed at first need, then shared by every check and every target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Broken
from layerwright.binaries.read import looks_binary, named_like_binary, read_binary
from layerwright.checks.distributions import Distribution, Recorded, read_distributions, read_record
from layerwright.checks.import_words import dotted_names, import_words
from layerwright.checks.stack import Stack
from layerwright.checks.statements import Setting, Syntax
from layerwright.errors import IntegrityError
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.binaries.facts import Facts
    from layerwright.checks.syntax import Statements
    from layerwright.layer.read import Layer
    from layerwright.layer.tree import Entry


class Contents:
    """Layers in their order, the function beside them, and the facts that don't depend on a target."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        function: Layer | None = None,
        *,
        binaries: Mapping[str, Facts] | None = None,
        digests: Mapping[str, str] = MappingProxyType({}),
        modified: Mapping[str, int] = MappingProxyType({}),
        mentions: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Merge the parts; nothing is read yet.

        ``binaries`` are the facts of all binaries (None: they are read from the bytes here) and ``digests`` the known hashes, in RECORD's form (``sha256=...``), by absolute path;
        ``modified`` are the known times of files, in seconds since 1970;
        ``mentions`` the Python files that hold each of ``layer.inspect``'s words (None: they are looked through here).
        """
        self.stack = Stack(layers, function)
        self._binaries = binaries
        self.digests = digests
        self.modified = modified
        self._mentions = mentions
        self._sources: dict[str, bytes] = {}
        self._import_words: dict[str, frozenset[bytes]] = {}
        self._dotted_names: dict[tuple[str, str], frozenset[str]] = {}
        self._syntax: dict[tuple[str, Setting], Syntax] = {}
        self._parsed: dict[str, Statements] = {}

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """Every distribution, sorted by name and folder."""
        return read_distributions(self.stack)

    @cached_property
    def binaries(self) -> Mapping[str, Facts]:
        """The facts of each binary, and of what only has the name of one, by absolute path."""
        if self._binaries is not None:
            return self._binaries
        found: dict[str, Facts] = {}
        for path, entry in self.stack.items():
            if entry.kind is Kind.FILE and _may_be_binary(path, entry.mode):
                facts = _read_facts(entry)
                if facts is not None:
                    found[path] = facts
        return found

    @cached_property
    def records(self) -> Mapping[str, tuple[Recorded, ...]]:
        """What each distribution's RECORD lists, by the folder of its metadata."""
        return {one.folder: read_record(self.stack, one) for one in self.distributions if one.has_record}

    @cached_property
    def owners(self) -> Mapping[str, Distribution]:
        """Which distribution recorded a path; of several, the last by name."""
        return {line.path: one for one in self.distributions for line in self.records.get(one.folder, ())}

    def owner(self, path: str) -> Distribution | None:
        """Return the distribution that a file belongs to: the one that recorded it, or that has its top-level name."""
        recorded = self.owners.get(path)
        if recorded is not None:
            return recorded
        for one in self.distributions:
            inside = path.removeprefix(f"{one.root}/")
            if inside != path:
                top = inside.partition("/")[0].partition(".")[0]
                if top in one.top_level or top.lower() == one.name.replace("-", "_"):
                    return one
        return None

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        """The paths of everything that is named like a shared library."""
        return tuple(path for path in self.stack if path.endswith(".so") or ".so." in path)

    def mentions(self, path: str, words: Collection[str]) -> bool:
        """Tell whether the text of a Python file has any of ``words``."""
        known = self._mentions
        if known is not None and all(word in known for word in words):
            return any(path in known[word] for word in words)
        text = self.source(path)
        return any(word.encode() in text for word in words)

    def source(self, path: str) -> bytes:
        """Return the bytes of the file at an absolute path, remembered; empty for what is no file."""
        text = self._sources.get(path)
        if text is None:
            real = self.stack.resolve(path)
            entry = self.stack.get(real) if real else None
            text = entry.read() if entry is not None and entry.kind is Kind.FILE else b""
            self._sources[path] = text
        return text

    def import_words(self, path: str) -> frozenset[bytes]:
        """Return the words by which a Python file could import something, remembered."""
        known = self._import_words.get(path)
        if known is None:
            known = self._import_words[path] = import_words(self.source(path))
        return known

    def dotted_names(self, path: str, top: str) -> frozenset[str]:
        """Return the names below a top-level package that stand in a compiled module, remembered."""
        key = (path, top)
        known = self._dotted_names.get(key)
        if known is None:
            known = self._dotted_names[key] = dotted_names(self.stack[path].read(), top)
        return known

    def syntax(self, path: str, setting: Setting) -> Syntax:
        """Return what a Python file imports and opens where it runs in ``setting``; it is parsed once for all."""
        key = (path, setting)
        known = self._syntax.get(key)
        if known is None:
            known = self._syntax[key] = self._statements(path).judge(setting)
        return known

    def _statements(self, path: str) -> Statements:
        known = self._parsed.get(path)
        if known is None:
            from layerwright.checks.syntax import read_statements  # a good layer has no file that needs it

            known = self._parsed[path] = read_statements(self.source(path))
        return known


def _may_be_binary(path: str, mode: int) -> bool:
    name = path.rpartition("/")[2]
    is_program = path.startswith(("/opt/bin/", "/opt/extensions/")) or (mode & 0o111 and "." not in name)
    return bool(is_program) or named_like_binary(path)


def _read_facts(entry: Entry) -> Facts | None:
    try:
        data = entry.read()
    except IntegrityError as error:
        return Broken(message="cannot read file data", detail=str(error))
    return read_binary(data) if named_like_binary(entry.path) or looks_binary(data[:64]) else None
