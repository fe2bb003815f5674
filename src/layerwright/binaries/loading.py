"""What the simulated loader says of a file: whether it would load, and if not, why, in the loader's own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from layerwright.targets.runtime import Tier


class Certainty(StrEnum):
    """How sure a problem is."""

    CERTAIN = "certain"
    """It fails on every instance of the target."""
    POSSIBLE = "possible"
    """It fails on some, or where a package doesn't do what only a run can show (load a library beforehand)."""


class Problem(StrEnum):
    """What keeps a file from loading."""

    WRONG_MACHINE = "wrong-machine"
    WRONG_CLASS = "wrong-class"
    NOT_ELF = "not-elf"
    TRUNCATED = "truncated"
    MISALIGNED = "misaligned"
    UNLOADABLE = "unloadable"
    MISSING_LIBRARY = "missing-library"
    OFF_SEARCH_PATH = "off-search-path"
    MISSING_VERSION = "missing-version"
    UNDEFINED_SYMBOL = "undefined-symbol"
    MISSING_INTERPRETER = "missing-interpreter"


class Role(StrEnum):
    """Who would load a file."""

    EXTENSION = "extension"
    """Python itself, as an extension module."""
    BUNDLED = "bundled"
    """Another file of the stack: it is judged only through those that load it."""
    ALONE = "alone"
    """No file of the stack; perhaps the package, by its path, or no one."""
    PROGRAM = "program"
    """The kernel, as a program."""
    NEVER_TRIED = "never-tried"
    """No one: its suffix is that of another interpreter."""
    FOREIGN = "foreign"
    """No one that could: it is no ELF file, and no extension module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProblem:
    """One reason why a file doesn't load.

    ``file`` is the path at which the loader stumbles, ``chain`` the files that lead there, from the one that is
    loaded to ``file``. ``soname`` is the library that is missing or falls short, ``tier`` how surely the runtime has it,
    ``provider`` where the one stands that falls short. ``version`` and ``symbols`` are what it lacks. ``candidates`` are files
    of the stack that could help, were they found: libraries of that name, or files that define one of the symbols.
    ``message`` is what the loader prints.
    """

    kind: Problem
    certainty: Certainty
    message: str
    file: str
    chain: tuple[str, ...]
    soname: str | None = None
    tier: Tier | None = None
    provider: str | None = None
    version: str | None = None
    symbols: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What becomes of one file of the stack.

    ``loads`` are the files of the stack that it brings with it, in the loader's order, ``loaded_by`` the files that
    bring it. ``untold`` are symbols of which no one can say whether they are there, since a library that may have them
    is one whose exports are not known.
    """

    path: str
    role: Role
    problems: tuple[LoadProblem, ...] = ()
    loads: tuple[str, ...] = ()
    loaded_by: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it surely doesn't load."""
        return any(problem.certainty is Certainty.CERTAIN for problem in self.problems)
