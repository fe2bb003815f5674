"""What is measured: sets of requirements, commands in groups that take turns, and the bars that they are held against."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSet:
    """Requirements and the targets that they are built for."""

    name: str
    requirements: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def target(self) -> str:
        """The first target."""
        return self.targets[0]


HEAVY: Final = BenchSet(name="heavy", requirements=("pandas", "scikit-learn"), targets=("python3.11-x86_64",))
LARGE: Final = BenchSet(name="large", requirements=("polars", "duckdb"), targets=("python3.13-x86_64",))
"""About 240 MB unzipped, in two binaries; the heavy set is as large, in some 6,300 files."""
MANY: Final = BenchSet(
    name="many",
    requirements=("cryptography", "lxml", "pydantic"),
    targets=tuple(f"python3.{minor}-{cpu}" for minor in range(8, 16) for cpu in ("x86_64", "arm64")),
)


def example_sets(folder: Path) -> tuple[BenchSet, ...]:
    """Return the sets that the folders of ``examples/`` declare."""
    return tuple(_example(path.parent) for path in sorted(folder.glob("*/layerwright.toml")))


def _example(folder: Path) -> BenchSet:
    declared = tomllib.loads((folder / "layerwright.toml").read_text(encoding="utf-8"))
    lines = (line.strip() for line in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines())
    return BenchSet(
        name=folder.name,
        requirements=tuple(line for line in lines if line and not line.startswith("#")),
        targets=tuple(declared["targets"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to time: its words, its folder and environment, and what puts things back before each run.

    ``may_fail`` is for other tools, which can't do everything: their failure is a result. One that takes longer than
    ``timeout_s`` is ended, which is a failure too.
    """

    name: str
    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    before: Callable[[], None] | None = None
    may_fail: bool = False
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """So many times what a command of the same turn took."""

    times: float
    command: str

    def __str__(self) -> str:
        """Return it as a reader would write it."""
        if self.times == 1:
            return self.command
        if self.times < 1:
            return f"{self.command} / {1 / self.times:g}"
        return f"{self.times:g} x {self.command}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """``measured`` may take at most the sum of ``limit``, turn by turn."""

    title: str
    measured: str
    limit: tuple[Term, ...]

    @property
    def text(self) -> str:
        """The limit as a sum."""
        return " + ".join(map(str, self.limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBar:
    """No process of ``measured`` may hold more than ``limit_bytes`` at its peak."""

    title: str
    measured: str
    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Commands that take turns, and the bars among them.

    ``baseline`` is the command that the others are set beside; ``warm_ups`` are turns that don't count.
    """

    title: str
    commands: tuple[Command, ...]
    runs: int
    bars: tuple[Bar, ...] = ()
    memory_bars: tuple[MemoryBar, ...] = ()
    baseline: str | None = None
    warm_ups: int = 1
