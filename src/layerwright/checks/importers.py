"""Who imports a module, read from the sources that could: text first, and a syntax tree only where the text has the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.statements import Import
    from layerwright.checks.subject import Subject

_LIBRARY_CALLS: Final = frozenset({"load_pycryptodome_raw_lib"})
_IMPORTING_CALLS: Final = frozenset({"import_module", "__import__"}) | _LIBRARY_CALLS
_OPENING_CALLS: Final = frozenset({"CDLL", "PyDLL", "LoadLibrary", "load_library", "dlopen"})
_OPENS: Final = ("CDLL", "LoadLibrary", "dlopen")
_TEST_NAMES: Final = frozenset({"tests", "test", "conftest"})


class Importer(NamedTuple):
    """A file that imports a module: its path, its own module name (None where no search path reaches it), the line, and how.

    ``as_library`` says that it opens the file by the module's name as a plain library, without Python's import.
    """

    path: str
    module: str | None
    line: int
    how: How
    as_library: bool = False


class Importers:
    """Finds importers in one subject; sources are read as questions need them."""

    def __init__(self, subject: Subject) -> None:
        """Take the subject."""
        self._subject = subject
        self._listed: dict[str, tuple[str, ...]] = {}
        self._goals: dict[str, Mapping[str, tuple[Importer, ...]]] = {}
        self._found: dict[str, tuple[Importer, ...]] = {}
        self._needing: dict[str, tuple[str, ...]] = {}
        self._opening: dict[str, tuple[str, ...]] = {}
        self._by_word: dict[str, Mapping[bytes, tuple[str, ...]]] = {}

    def of(self, module: str) -> tuple[Importer, ...]:
        """Return who imports ``module``: files of its own top-level package, of distributions that require it, and of the function."""
        known = self._found.get(module)
        if known is None:
            known = self._found[module] = self._among(self._candidates(module), module)
        return known

    def surface(self, module: str) -> Iterator[Importer]:
        """Yield those importers of ``module`` that users meet first: ``__init__`` files of public packages, and the function.

        They are found without reading the rest.
        """
        for path in self._candidates(module):
            if path.endswith("/__init__.py") or path.startswith(FUNCTION_ROOT):
                yield from self.in_file(path, module)

    def anywhere(self, module: str) -> tuple[Importer, ...]:
        """Return which files of the stack import ``module``; for one that isn't there, nothing tells where to look."""
        leaf = module.rpartition(".")[2].encode()
        words = self._subject.contents.import_words
        return self._among((path for path in self._subject.modules.sources() if leaf in words(path)), module)

    def by_function(self, module: str) -> tuple[Importer, ...]:
        """Return which files of the function import ``module``."""
        return self._among(self._function_sources, module)

    def of_any(self, modules: frozenset[str]) -> Iterator[tuple[Importer, str]]:
        """Yield who imports any of these modules, among the files of their own top-level packages, with the module's name."""
        leaves = {name.rpartition(".")[2].encode() for name in modules}
        for top in sorted({name.partition(".")[0] for name in modules}):
            for path in self._sources(top):
                if not leaves.isdisjoint(self._subject.contents.import_words(path)):
                    goals = self._imports(path)
                    for name in sorted(modules & goals.keys()):
                        yield from ((importer, name) for importer in goals[name] if importer.module != name)

    def opening(self, path: str) -> tuple[Importer, ...]:
        """Return who opens the library at ``path`` through ctypes or cffi.

        That is a file of its package which opens libraries and has its name, whole (``libx.so``) or quoted without its ending
        (``'x'``); or, where the name stands in another file of the package, one which opens what it is given.
        """
        root = next((root for root in self._subject.modules.roots if path.startswith(f"{root}/")), None)
        if root is None:
            return ()
        top = path[len(root) + 1 :].partition("/")[0].partition(".")[0]
        opening = self._openers(top)
        if not opening:
            return ()
        source = self._subject.contents.source
        base = path.rpartition("/")[2]
        stem = base.partition(".")[0]
        bare = (stem, stem.removeprefix("lib"))
        words = [base.encode(), *(quote + name.encode() + quote for name in bare for quote in (b"'", b'"'))]
        found = [one for one in opening if any(word in source(one) for word in words)]
        if not found and any(words[0] in source(one) for one in self._sources(top)):
            found = list(opening)
        openers = (self._opener(one, {base, *bare, ""}) for one in found)
        return tuple(one for one in openers if one is not None)

    def _openers(self, top: str) -> tuple[str, ...]:
        """The files of a top-level package that open libraries."""
        if top not in self._opening:
            mentions = self._subject.contents.mentions
            self._opening[top] = tuple(path for path in self._sources(top) if mentions(path, _OPENS))
        return self._opening[top]

    def _opener(self, path: str, names: set[str]) -> Importer | None:
        """Where a file opens a library of one of these names, the surest call first; the empty name stands for a variable."""
        calls = [one for one in self._subject.syntax(path).calls if one.function in _OPENING_CALLS]
        fitting = [one for one in calls if one.literal.rpartition("/")[2] in names]
        if not fitting:
            return None
        call = min(fitting, key=lambda one: (not one.literal, one.how))
        return Importer(path, self._subject.modules.name_of(path), call.line, call.how)

    def compiled(self, module: str) -> Iterator[Importer]:
        """Yield extension modules of the same package that hold the module's whole name, as compiled imports do."""
        top = module.partition(".")[0]
        index = self._subject.modules
        for path in self._subject.contents.libraries:
            if path.endswith(".so") and f"/{top}/" in path:
                name = index.name_of(path) or ""
                names = self._subject.contents.dotted_names(path, top) if name.startswith(f"{top}.") else ()
                if name != module and module in names:
                    yield Importer(path, name, 0, How.TOP)

    def public_modules(self, top: str) -> int:
        """Count the public plain modules of a top-level package."""
        names = (
            self._subject.modules.name_of(path)
            for path in self._sources(top)
            if not path.endswith("__init__.py")
        )
        return sum(1 for name in names if name and is_public(name) and not is_test(name))

    def in_file(self, path: str, module: str) -> tuple[Importer, ...]:
        """Return where the file at ``path`` imports ``module``; nothing for tests, and for the module itself."""
        return tuple(one for one in self._imports(path).get(module, ()) if one.module != module)

    def _among(self, paths: Iterable[str], module: str) -> tuple[Importer, ...]:
        return tuple(one for path in paths for one in self.in_file(path, module))

    def _imports(self, path: str) -> Mapping[str, tuple[Importer, ...]]:
        """What a file may import, by dotted name."""
        known = self._goals.get(path)
        if known is None:
            found: dict[str, list[Importer]] = {}
            for name, importer in self._read_imports(path):
                found.setdefault(name, []).append(importer)
            known = self._goals[path] = {name: tuple(importers) for name, importers in found.items()}
        return known

    def _read_imports(self, path: str) -> Iterator[tuple[str, Importer]]:
        name = self._subject.modules.name_of(path)
        if name is not None and is_test(name):
            return
        package = name or ""
        if not path.endswith("/__init__.py"):
            package = package.rpartition(".")[0]
        syntax = self._subject.syntax(path)
        for one in syntax.imports:
            if one.how is not How.NEVER:
                how = self._outcome(one)
                for goal in dict.fromkeys(one.goals(package)):
                    yield goal, Importer(path, name, one.line, how)
        for call in syntax.calls:
            if call.how is not How.NEVER and call.function in _IMPORTING_CALLS:
                as_library = call.function in _LIBRARY_CALLS
                yield _absolute(call.literal, package), Importer(path, name, call.line, call.how, as_library)

    def _outcome(self, one: Import) -> How:
        """How an import runs; one whose handler imports what isn't there either is as good as uncaught."""
        can_import = self._subject.modules.can_import
        lost = any(can_import(name) is False for name in one.instead)
        return one.uncaught if lost and one.how >= How.GUARDED_MISSING else one.how

    def _candidates(self, module: str) -> Iterator[str]:
        """The files that could import a module: those whose import statements have its last name."""
        top, leaf = module.partition(".")[0], module.rpartition(".")[2].encode()
        yield from self._with_word(top).get(leaf, ())
        for other in self._dependants(top):
            if other != top:
                yield from self._with_word(other).get(leaf, ())
        words = self._subject.contents.import_words
        for path in self._function_sources:
            if leaf in words(path) and not path.startswith(f"{FUNCTION_ROOT}/{top}/"):
                yield path

    def _with_word(self, top: str) -> Mapping[bytes, tuple[str, ...]]:
        """The files of a top-level package by the words of their import statements."""
        known = self._by_word.get(top)
        if known is None:
            found: dict[bytes, list[str]] = {}
            for path in self._sources(top):
                for word in self._subject.contents.import_words(path):
                    found.setdefault(word, []).append(path)
            known = self._by_word[top] = {word: tuple(paths) for word, paths in found.items()}
        return known

    def _sources(self, top: str) -> tuple[str, ...]:
        if top not in self._listed:
            self._listed[top] = tuple(self._subject.modules.sources(top))
        return self._listed[top]

    @cached_property
    def _function_sources(self) -> tuple[str, ...]:
        return tuple(
            path for path in self._subject.stack if path.startswith(FUNCTION_ROOT) and path.endswith(".py")
        )

    def _dependants(self, top: str) -> tuple[str, ...]:
        """The top-level names of distributions that require the one that has ``top``, remembered."""
        if top not in self._needing:
            self._needing[top] = tuple(self._find_dependants(top))
        return self._needing[top]

    def _find_dependants(self, top: str) -> Iterable[str]:
        subject = self._subject
        module = subject.modules.find(top)
        owner = subject.contents.owner(module.path) if module else None
        if owner is None:
            return ()
        requires = re.compile(re.escape(owner.name).replace("\\-", "[-_.]+") + r"(?![\w.-])", re.I)
        return dict.fromkeys(
            name
            for one in subject.distributions
            if any(requires.match(line) for line in one.requires)
            for name in self._tops(one.folder)
        )

    def _tops(self, folder: str) -> Iterable[str]:
        root = folder.rpartition("/")[0]
        lines = self._subject.contents.records.get(folder, ())
        tops = (line.path.removeprefix(f"{root}/").partition("/")[0].partition(".")[0] for line in lines)
        return dict.fromkeys(top for top in tops if top.isidentifier())


def is_public(name: str) -> bool:
    """Tell whether a dotted name is one that users are meant to import: no part of it begins with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


def is_test(name: str) -> bool:
    """Tell whether a module belongs to a package's tests."""
    parts = name.split(".")
    return any(part in _TEST_NAMES or part.startswith("test_") or part.endswith("_test") for part in parts)


def _absolute(literal: str, package: str) -> str:
    if not literal.startswith("."):
        return literal
    dots = len(literal) - len(literal.lstrip("."))
    parts = package.split(".")
    return ".".join((*parts[: len(parts) - dots + 1], literal.lstrip(".")))
