"""The host's own CPython with no isolation: for a Linux host without bubblewrap, and the last choice."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from layerwright.run.environment import Paths
from layerwright.run.pythons import HostPython
from layerwright.run.sandboxes.sandbox import INSIDE, Command, Fidelity, Launch
from layerwright.targets.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSandbox:
    """A process of the host, with Lambda's environment variables and search path, and paths of the host.

    ``stack``, ``function`` and ``packages`` are where the launches' folders are, since nothing can be bound elsewhere.
    """

    python: HostPython
    runtime: Runtime
    stack: Path
    function: Path
    packages: Path
    temporary: Path

    @property
    def paths(self) -> Paths:
        """The host's paths."""
        return Paths(
            layers=str(self.stack),
            function=str(self.function),
            packages=str(self.packages),
            language=str(self.python.prefix),
            scripts=str(INSIDE),
            temporary=str(self.temporary),
        )

    @property
    def isolated(self) -> bool:
        """False: all of the host is seen."""
        return False

    @property
    def emulator(self) -> None:
        """None: programs start by themselves."""
        return

    @property
    def passes_descriptors(self) -> bool:
        """True: the process is a child of ours."""
        return True

    @property
    def fidelity(self) -> Fidelity:
        """What this is, and what differs from Lambda."""
        ours, theirs = ".".join(platform.libc_ver()[1].split(".")[:2]), ".".join(map(str, self.runtime.glibc))
        return Fidelity(
            environment=f"{self.python} of this host as a plain process",
            differences=(
                f"glibc {ours} here, {theirs} there",
                "all of this host's libraries and files are there, writable where you may write",
                "the layers stand elsewhere than at /opt",
                "the network is this host's",
            ),
        )

    def command(self, launch: Launch) -> Command:
        """Return the command line that carries out a launch."""
        environment = dict(launch.environment)
        environment["TMPDIR"] = str(launch.temporary or self.temporary)
        words = (str(self.python.executable), "-S", "-s", str(INSIDE / launch.script), *launch.words)
        return Command(words=words, environment=environment, folder=self.function)
