"""What is known of a Python file from its statements: what it imports and opens, when that runs, and what becomes of its failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

CALLS: Final = frozenset({
    "CDLL", "PyDLL", "LoadLibrary", "load_library", "find_library", "dlopen",
    "import_module", "__import__", "load_pycryptodome_raw_lib",
    "version", "distribution", "metadata", "get_distribution", "requires", "entry_points", "require",
})  # fmt: skip
"""The functions whose calls with a literal are kept: what opens a library, imports by name, or asks for metadata."""


class Setting(NamedTuple):
    """What conditions are judged by: the Python minor version and the machine (``x86_64``, ``aarch64``)."""

    python: tuple[int, int]
    machine: str


class How(IntEnum):
    """When a statement runs, and what becomes of its failure; of nested blocks the greatest holds."""

    TOP = 0
    """It runs at import, and nothing catches."""
    CONDITIONAL = 1
    """It runs at import if a condition holds that can't be told here."""
    LAZY = 2
    """It runs when a function is called."""
    GUARDED_MISSING = 3
    """A handler goes on after ModuleNotFoundError, but not after a module that is found and fails to load."""
    GUARDED = 4
    """A handler goes on after its failure."""
    NEVER = 5
    """It doesn't run: for type checkers, for another system or version, for ``__main__``."""


class Import(NamedTuple):
    """An import statement: ``from {'.' * level}{module} import {names}``, or ``import {module}`` with no names.

    ``instead`` are the modules that the handler which catches its failure imports in turn, and ``uncaught`` is how it runs where
    one of those isn't there either.
    """

    module: str
    names: tuple[str, ...]
    level: int
    line: int
    how: How
    instead: tuple[str, ...] = ()
    uncaught: How = How.TOP

    def goals(self, package: str) -> Iterator[str]:
        """Yield the dotted names that it may import, the longest first; ``package`` is the importing module's package.

        >>> list(Import("", ("_ext",), 1, 1, How.TOP).goals("psycopg2"))
        ['psycopg2._ext', 'psycopg2']
        """
        start = self.module
        if self.level:
            parts = package.split(".")
            kept = parts[: len(parts) - self.level + 1]
            start = ".".join((*kept, self.module)) if self.module else ".".join(kept)
        yield from (f"{start}.{name}" for name in self.names if name != "*" and start)
        while start:
            yield start
            start = start.rpartition(".")[0]


class Call(NamedTuple):
    """A call of one of CALLS, by the function's last name, with its first literal argument.

    Of what opens libraries, calls without a literal are kept too, with an empty one.
    """

    function: str
    literal: str
    line: int
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """What a file does with other modules.

    ``names`` are those that the module binds, ``*`` among them where a star import binds more. ``parsed`` is False where
    only the file's lines could be read; ``error`` is then the line and the parser's words.
    """

    imports: tuple[Import, ...]
    calls: tuple[Call, ...]
    names: frozenset[str]
    parsed: bool
    error: tuple[int, str] | None = None
