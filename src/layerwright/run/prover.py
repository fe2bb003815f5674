"""The host's end of the processes that import modules: starts them, asks, and finds out who ended one."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from layerwright.errors import RunError
from layerwright.run.sandboxes.sandbox import Command

_START_TIMEOUT_S: Final = 120.0
_TAIL: Final = 2000


class Prover:
    """Imports groups of modules, each group in a sandbox of its own; may be asked from several threads."""

    def __init__(
        self,
        make_command: Callable[[], Command],
        keep: Callable[[Mapping[str, Any]], None],
        *,
        timeout_s: float,
        memory_mb: int | None = None,
    ) -> None:
        """Keep how sandboxes are started, who hears of each answer, and how long one import may take and what it may hold."""
        self._make_command = make_command
        self._keep = keep
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._running: set[_Driver] = set()
        self._stopped = False

    def check_start(self) -> str | None:
        """Start a sandbox and end it; returns how the layers broke the runtime's start, or None. Raises RunError."""
        with _Driver(self._make_command()) as driver:
            return driver.fault

    def prove(self, modules: Sequence[str]) -> None:
        """Import the modules; each is answered for exactly once."""
        left = self._ask(modules, fresh=False)
        while left and not self._stopped:
            # Something ended the sandbox, or it got stuck: go on one by one, so that only the culprit is to blame.
            module, *left = left
            if self._ask([module], fresh=True) and not self._stopped:
                self._answer(
                    {
                        "module": module,
                        "kind": "crashed",
                        "seconds": 0.0,
                        "error": "importing it ended every process of the sandbox, or left it without an answer",
                    }
                )

    def prove_through(self, importers: Mapping[str, Sequence[str]]) -> None:
        """Import modules by way of others that import them; those that end the sandbox stay unanswered."""
        if importers:
            self._ask(sorted(importers), fresh=True, through=importers)

    def stop(self) -> None:
        """End every sandbox; what was not answered by now never is."""
        self._stopped = True
        with self._lock:
            running = tuple(self._running)
        for driver in running:
            driver.end()

    def _ask(
        self,
        modules: Sequence[str],
        *,
        fresh: bool,
        through: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> list[str]:
        """Return the modules that were not answered for."""
        left = list(modules)
        request = {
            "modules": left,
            "timeout": self._timeout_s,
            "memory": self._memory_mb,
            "fresh": fresh,
            "through": dict(through),
        }
        with self._driver() as driver:
            driver.ask(request)
            while left:
                answer = driver.answer(self._timeout_s * 4 + 30)
                if answer is None or answer.get("end"):
                    break
                left.remove(answer["module"])
                self._answer(answer)
        return left

    @contextlib.contextmanager
    def _driver(self) -> Iterator[_Driver]:
        """Start a sandbox that ``stop`` knows of."""
        with _Driver(self._make_command()) as driver:
            with self._lock:
                self._running.add(driver)
            try:
                if self._stopped:
                    driver.end()
                yield driver
            finally:
                with self._lock:
                    self._running.discard(driver)

    def _answer(self, answer: Mapping[str, Any]) -> None:
        with self._lock:
            self._keep(answer)


class _Driver:
    """One running sandbox with ``inside/prove_driver.py`` in it."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.fault: str | None = None

    def __enter__(self) -> _Driver:
        try:
            self._process = subprocess.Popen(
                self._command.words,
                env=dict(self._command.environment),
                cwd=self._command.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise RunError(f"{self._command.words[0]} can't be started: {error.strerror}") from error
        self._said = b""
        threading.Thread(target=self._read, daemon=True).start()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            hello = self.answer(_START_TIMEOUT_S)
        except BaseException:
            self.__exit__()
            raise
        if hello is None:
            self.__exit__()
            self._listener.join(1)
            said = self._said[-_TAIL:].decode("utf-8", "replace").strip() or "it said nothing"
            raise RunError(f"the sandbox did not start (exit status {self._process.returncode}): {said}")
        self.fault = hello["fault"]
        return self

    def end(self) -> None:
        """End the process, whatever it does; who waits for an answer gets none."""
        if self._command.stop is not None:
            subprocess.run(self._command.stop, capture_output=True, check=False)
        self._process.kill()

    def __exit__(self, *_: object) -> None:
        self.end()
        self._process.wait()
        assert self._process.stdin is not None  # noqa: S101  it was asked for
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def ask(self, request: Mapping[str, Any]) -> None:
        """Send a request; one that comes too late is answered by silence."""
        assert self._process.stdin is not None  # noqa: S101  it was asked for
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, timeout_s: float) -> Mapping[str, Any] | None:
        """Return the next answer, None where the sandbox has ended or says nothing in time."""
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if not line:
            return None
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  it was asked for
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(b"")

    def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  it was asked for
        with self._process.stderr as stream:
            for line in stream:
                self._said = (self._said + line)[-2 * _TAIL :]
