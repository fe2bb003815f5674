"""A process in a sandbox: its start, what it prints, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from layerwright.errors import RunError
from layerwright.run.memory import descendants, is_running
from layerwright.run.sandboxes.sandbox import Command

_CHUNK_BYTES = 1 << 16
_LOOK_EVERY_S = 0.01


class SandboxProcess:
    """A started command; ``ended`` becomes its exit status, negative for a signal."""

    def __init__(self, command: Command, on_line: Callable[[str], None]) -> None:
        """Keep how to start it, and who hears of each line that it prints."""
        self._command = command
        self._on_line = on_line
        self._loop = asyncio.get_running_loop()
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: int | None = None
        self._rest = b""
        self._waiting: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[int] = self._loop.create_future()

    async def start(self, descriptors: tuple[int, ...] = ()) -> None:
        """Start it; raises RunError where that can't be done."""
        ours, theirs = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command.words,
                stdin=subprocess.DEVNULL,
                stdout=theirs,
                stderr=subprocess.STDOUT,
                env=dict(self._command.environment),
                cwd=self._command.folder,
                pass_fds=descriptors,
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            os.close(ours)
            raise RunError(f"{self._command.words[0]} can't be started: {error.strerror}") from error
        finally:
            os.close(theirs)
        self._pipe = ours
        if sys.platform == "win32":
            self._loop.run_in_executor(None, self._read_in_thread, ours)
        else:
            os.set_blocking(ours, False)
            self._loop.add_reader(ours, self.drain)
        self._waiting = asyncio.create_task(self._wait())

    @property
    def pid(self) -> int:
        """The id of the process that was started: the sandbox's, not the one inside."""
        return self._process.pid if self._process is not None else 0

    @property
    def refused(self) -> bool:
        """Whether it ended because the sandbox could not start what was to run inside."""
        return self.ended.done() and self.ended.result() in self._command.refusals

    def drain(self) -> None:
        """Hand on what was printed so far: what was written before is in the pipe, and read at once."""
        while self._pipe is not None and sys.platform != "win32":
            try:
                data = os.read(self._pipe, _CHUNK_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._close_pipe()
                return
            self._take(data)

    def _read_in_thread(self, pipe: int) -> None:
        """Read to the end where pipes can't be waited for."""
        while data := os.read(pipe, _CHUNK_BYTES):
            self._loop.call_soon_threadsafe(self._take, data)
        os.close(pipe)

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = None

    async def _wait(self) -> None:
        assert self._process is not None  # noqa: S101  it was started
        status = await self._process.wait()
        self.drain()
        self.finish_line()
        if not self.ended.done():
            self.ended.set_result(status)

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._rest) > _CHUNK_BYTES * 4:
            self.finish_line()

    def finish_line(self) -> None:
        """Hand on what was printed without a line's end."""
        if self._rest:
            line, self._rest = self._rest, b""
            self._say(line)

    def _say(self, line: bytes) -> None:
        # Lambda's client joins the lines of one record by carriage returns, and indents by no-break spaces.
        for part in line.decode("utf-8", "replace").replace("\u00a0", " ").split("\r"):
            self._on_line(part)

    def signal_runtime(self, number: signal.Signals) -> None:
        """Send a signal to the process inside the sandbox."""
        with contextlib.suppress(OSError, IndexError):
            os.kill(self._inside()[0], number)

    async def wait_for_others(self, timeout_s: float) -> None:
        """Return when nothing that the process inside has started runs any more, or when the time is over."""
        until = self._loop.time() + timeout_s
        while (
            not self.ended.done() and self._loop.time() < until and any(map(is_running, self._inside()[1:]))
        ):
            await asyncio.sleep(_LOOK_EVERY_S)

    def _inside(self) -> list[int]:
        """The process inside the sandbox, and all below it, as far as the host can see them."""
        return list(descendants(self.pid))[self._command.above :]

    async def kill(self) -> None:
        """End it, with all that it started; returns once it is gone."""
        if self._process is None:
            return
        if self._command.stop is not None:
            stop = await asyncio.create_subprocess_exec(
                *self._command.stop,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            await stop.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.shield(self.ended)
        self._close_pipe()
