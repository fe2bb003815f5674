"""What every sandbox takes and gives: a launch becomes a command line, and what differs from Lambda becomes words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from layerwright.run.environment import Paths

INSIDE: Final = Path(__file__).parent.parent / "inside"
"""The scripts that run in the sandbox, by the target's interpreter and its standard library alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """What stood in for Lambda, and what differs from it, each difference a clause without a full stop."""

    environment: str
    differences: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line: the environment, then the differences."""
        if not self.differences:
            return self.environment
        return f"{self.environment}; differs from Lambda: {'; '.join(self.differences)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A process to start with the target's interpreter.

    ``script`` is a file of ``INSIDE``; ``words`` follow it. ``stack``, ``function`` and ``packages`` are folders of the host
    that stand read-only at ``/opt``, ``/var/task`` and ``/var/runtime``; each may be None. ``temporary`` is a folder of the
    host that becomes ``/tmp``; None gives an empty one that goes with the process. ``environment`` is all that the process
    sees. ``network`` False leaves it loopback alone. ``memory_mb`` is for sandboxes that limit memory themselves.
    """

    script: str
    words: tuple[str, ...] = ()
    stack: Path | None = None
    function: Path | None = None
    packages: Path | None = None
    temporary: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = True
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How the host starts a launch.

    ``stop`` ends what ``words`` started where killing that process does not (an engine's container), None elsewhere.
    ``folder`` is the working directory, None for the caller's. ``refusals`` are exit statuses by which ``words`` say that the
    process inside was never started. ``above`` is how many processes of the sandbox's own stand above the one inside.
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path | None = None
    stop: tuple[str, ...] | None = None
    refusals: frozenset[int] = frozenset()
    above: int = 0


class Sandbox(Protocol):
    """A place that is more or less like Lambda.

    ``paths`` says where the stack, the function and the runtime stand as the process inside sees them.
    """

    @property
    def paths(self) -> Paths:
        """Where things stand inside."""
        ...

    @property
    def isolated(self) -> bool:
        """Whether a process inside sees only files and processes of its own launch."""
        ...

    @property
    def passes_descriptors(self) -> bool:
        """Whether a process inside gets the descriptors that it is started with."""
        ...

    @property
    def emulator(self) -> str | None:
        """The program inside that starts programs of the target's architecture, None where they start by themselves."""
        ...

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        ...

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        ...
