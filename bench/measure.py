"""Whole processes, timed from outside: wall seconds and peak memory of commands that take turns."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to time: its words, its folder and environment, and what puts things back before each run."""

    name: str
    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    before: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The runs of one command: wall seconds of each, and the peak memory of the largest process."""

    name: str
    seconds: tuple[float, ...]
    peak_bytes: int

    @property
    def median(self) -> float:
        """The median of the wall seconds."""
        return statistics.median(self.seconds)


def take_turns(commands: Sequence[Command], *, runs: int) -> dict[str, Sample]:
    """Run the commands in turn, once uncounted and then ``runs`` times; returns their samples by name.

    In turn, so that a machine that slows down slows them all.
    """
    seconds: dict[str, list[float]] = {command.name: [] for command in commands}
    peaks: dict[str, int] = {command.name: 0 for command in commands}
    for turn in range(runs + 1):
        for command in commands:
            if command.before:
                command.before()
            wall, peak = _run(command)
            if turn:
                seconds[command.name].append(wall)
            peaks[command.name] = max(peaks[command.name], peak)
    return {name: Sample(name=name, seconds=tuple(seconds[name]), peak_bytes=peaks[name]) for name in seconds}


def _run(command: Command) -> tuple[float, int]:
    start = time.perf_counter()
    process = subprocess.Popen(
        command.words,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command.name}: exit {process.returncode}\n{errors.decode(errors='replace')}")
    unit = 1 if sys.platform == "darwin" else 1024
    return wall, usage.ru_maxrss * unit
