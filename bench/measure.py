"""Whole processes, timed from outside: wall seconds and peak memory of commands that take turns."""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.cases import Command


class BenchError(Exception):
    """A command that has to work did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a command: wall seconds, peak memory of its largest process, and its last words if it failed."""

    seconds: float
    peak_bytes: int
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The runs of one command: wall seconds of each in the order of the turns, and the highest peak.

    ``failure`` is the last line of a command that failed; it was not run again, and has no seconds.
    """

    name: str
    seconds: tuple[float, ...]
    peak_bytes: int
    failure: str | None = None

    @property
    def median(self) -> float:
        """The median of the wall seconds."""
        return statistics.median(self.seconds)


def take_turns(commands: Sequence[Command], *, runs: int, warm_ups: int = 1) -> Mapping[str, Sample]:
    """Run the commands in turn, ``warm_ups`` times uncounted and then ``runs`` times; returns their samples by name.

    In turn, so that a machine that slows down slows them all. Raises BenchError where a command fails that must not.
    """
    counted: dict[str, list[Run]] = {command.name: [] for command in commands}
    failures: dict[str, str] = {}
    for turn in range(warm_ups + runs):
        for command in commands:
            if command.name in failures:
                continue
            done = run(command)
            if done.failure is not None:
                failures[command.name] = done.failure
                counted[command.name].clear()
            elif turn >= warm_ups:
                counted[command.name].append(done)
    return {
        name: Sample(
            name=name,
            seconds=tuple(done.seconds for done in all_done),
            peak_bytes=max((done.peak_bytes for done in all_done), default=0),
            failure=failures.get(name),
        )
        for name, all_done in counted.items()
    }


def run(command: Command) -> Run:
    """Run a command once; raises BenchError where it fails and must not."""
    if command.before:
        command.before()
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.words,
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=command.timeout_s is not None,
        )
        with _ended_after(command.timeout_s, process.pid):
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    failure = None
    if process.returncode == -signal.SIGKILL and command.timeout_s is not None:
        failure = f"longer than {command.timeout_s:.0f} s"
    elif process.returncode:
        failure = said.rpartition("\n")[2] or f"exit {process.returncode}"
    if failure and not command.may_fail:
        raise BenchError(f"{command.name}: exit {process.returncode}\n{said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds=seconds, peak_bytes=usage.ru_maxrss * unit, failure=failure)


@contextlib.contextmanager
def _ended_after(timeout_s: float | None, session: int) -> Iterator[None]:
    """End all processes of a session when the time is up; without a time, nothing."""
    if timeout_s is None:
        yield
        return
    timer = threading.Timer(timeout_s, os.killpg, (session, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
