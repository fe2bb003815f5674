"""Who imports a module, read from the sources that could: text first, and a syntax tree only where the text has the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_LIBRARY_CALLS: Final = frozenset({"load_pycryptodome_raw_lib"})
_IMPORTING_CALLS: Final = frozenset({"import_module", "__import__"}) | _LIBRARY_CALLS
_OPENING_CALLS: Final = frozenset({"CDLL", "PyDLL", "LoadLibrary", "load_library", "dlopen"})
_OPENS: Final = re.compile(rb"CDLL|LoadLibrary|load_library|dlopen|PyDLL")
_IMPORTS: Final = re.compile(
    rb"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*(?:\([^)]*\)|[^\n]*)|import[ \t]+[^\n]*)", re.MULTILINE
)
_WORD: Final = re.compile(rb"\w+")
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

    def of(self, module: str, *, anywhere: bool = False) -> tuple[Importer, ...]:
        """Return who imports ``module``: files of its own top-level package, of distributions that require it, and of the function.

        With ``anywhere``, every file of the stack is looked at; for a module that isn't there, nothing else tells.
        """
        leaf = module.rpartition(".")[2].encode()
        word = re.compile(rb"\b" + re.escape(leaf) + rb"\b")
        found: list[Importer] = []
        for path in self._subject.modules.sources() if anywhere else self._candidates(module):
            if word.search(self._subject.contents.source(path)):
                found.extend(self.in_file(path, module))
        return tuple(found)

    def by_function(self, module: str) -> tuple[Importer, ...]:
        """Return which files of the function import ``module``."""
        word = re.compile(rb"\b" + re.escape(module.rpartition(".")[2].encode()) + rb"\b")
        texts = ((path, self._subject.contents.source(path)) for path in self._function_sources)
        return tuple(
            found for path, text in texts if word.search(text) for found in self.in_file(path, module)
        )

    def of_any(self, modules: frozenset[str]) -> Iterator[tuple[Importer, str]]:
        """Yield who imports any of these modules, among the files of their own top-level packages, with the module's name."""
        leaves = {name.rpartition(".")[2].encode() for name in modules}
        for top in sorted({name.partition(".")[0] for name in modules}):
            for path in self._sources(top):
                lines = b" ".join(_IMPORTS.findall(self._subject.contents.source(path)))
                if not leaves.isdisjoint(_WORD.findall(lines)):
                    for name in sorted(modules):
                        yield from ((importer, name) for importer in self.in_file(path, name))

    def opening(self, path: str) -> tuple[Importer, ...]:
        """Return who opens the library at ``path`` through ctypes or cffi.

        That is a file of its package which opens libraries and has its name, whole (``libx.so``) or quoted without its ending
        (``'x'``); or, where the name stands in another file of the package, one which opens what it is given.
        """
        root = next((root for root in self._subject.modules.roots if path.startswith(f"{root}/")), None)
        if root is None:
            return ()
        base = path.rpartition("/")[2]
        stem = base.partition(".")[0]
        quoted = re.compile(
            b"|".join(
                rb"[\"']%s[\"']" % re.escape(name.encode()) for name in (stem, stem.removeprefix("lib"))
            )
        )
        named, opening = [], []
        for source in self._sources(path[len(root) + 1 :].partition("/")[0].partition(".")[0]):
            text = self._subject.contents.source(source)
            opens = _OPENS.search(text) is not None
            if base.encode() in text or (opens and quoted.search(text)):
                named.append(source)
            if opens:
                opening.append(source)
        both = [source for source in named if source in opening]
        wanted = {base, stem, stem.removeprefix("lib"), ""}
        found = [self._opener(source, wanted) for source in both or (opening if named else ())]
        return tuple(one for one in found if one is not None)

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
        needle = module.encode()
        stack, index = self._subject.stack, self._subject.modules
        for path in stack:
            if path.endswith(".so") and f"/{top}/" in path:
                name = index.name_of(path)
                if name and name != module and name.startswith(f"{top}.") and needle in stack[path].read():
                    yield Importer(path, name, 0, How.TOP)

    def public_modules(self, top: str) -> int:
        """Count the public plain modules of a top-level package."""
        names = (
            self._subject.modules.name_of(path)
            for path in self._sources(top)
            if not path.endswith("__init__.py")
        )
        return sum(1 for name in names if name and is_public(name) and not is_test(name))

    def in_file(self, path: str, module: str) -> Iterator[Importer]:
        """Yield where the file at ``path`` imports ``module``; nothing for tests."""
        subject = self._subject
        name = subject.modules.name_of(path)
        if name is not None and (is_test(name) or name == module):
            return
        package = name or ""
        if not path.endswith("/__init__.py"):
            package = package.rpartition(".")[0]
        syntax = subject.syntax(path)
        for one in syntax.imports:
            if one.how is not How.NEVER and module in one.goals(package):
                yield Importer(path, name, one.line, one.how)
        for call in syntax.calls:
            if (
                call.how is not How.NEVER
                and call.function in _IMPORTING_CALLS
                and _absolute(call.literal, package) == module
            ):
                as_library = call.function in _LIBRARY_CALLS
                yield Importer(path, name, call.line, call.how, as_library)

    def _candidates(self, module: str) -> Iterator[str]:
        top = module.partition(".")[0]
        yield from self._sources(top)
        for other in self._dependants(top):
            if other != top:
                yield from self._sources(other)
        yield from (path for path in self._function_sources if not path.startswith(f"{FUNCTION_ROOT}/{top}/"))

    def _sources(self, top: str) -> tuple[str, ...]:
        if top not in self._listed:
            self._listed[top] = tuple(self._subject.modules.sources(top))
        return self._listed[top]

    @cached_property
    def _function_sources(self) -> tuple[str, ...]:
        return tuple(
            path for path in self._subject.stack if path.startswith(FUNCTION_ROOT) and path.endswith(".py")
        )

    def _dependants(self, top: str) -> Iterable[str]:
        """The top-level names of distributions that require the one that has ``top``."""
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
