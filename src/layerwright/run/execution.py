"""An execution environment: one sandbox with the function in it, which serves one call at a time and stays warm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from layerwright.errors import RunError
from layerwright.run.call import (
    TAIL_BYTES,
    Call,
    Reply,
    error_payload,
    exit_reason,
    init_report_line,
    report_line,
    timestamp,
)
from layerwright.run.environment import DEFAULT_REGION, lambda_environment
from layerwright.run.function import Function
from layerwright.run.http1 import HttpServer
from layerwright.run.memory import MemoryWatch
from layerwright.run.process import SandboxProcess
from layerwright.run.runtime_api import RuntimeApi
from layerwright.run.sandboxes.sandbox import Launch, Sandbox
from layerwright.targets.runtime import Runtime

INIT_LIMIT_S: Final = 10.0
_ENDED: Final = frozenset({"Sandbox.Timedout", "Runtime.ExitError"})
"""What Lambda reports when the handler itself answers nothing any more."""
_EXPLAINED: Final = frozenset({"ImportError", "ModuleNotFoundError", "OSError", "UnknownServiceError"})
"""What a handler raises that imports in its body, or looks for what layers hold."""
_SHUTDOWN_S: Final = 2.0
_MAX_BODY_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that the environments of one function have in common.

    ``on_line`` hears of each line that Lambda would log, with the id of the call that it belongs to, None between calls. ``explain`` is asked
    what is known of the message of a failed import; it returns lines, maybe none, and is called in a thread, for it may read layers.
    """

    function: Function
    runtime: Runtime
    sandbox: Sandbox
    stack: Path
    code: Path
    packages: Path
    on_line: Callable[[str, str | None], None]
    region: str = DEFAULT_REGION
    credentials: Mapping[str, str] = field(default_factory=dict)
    explain: Callable[[str], tuple[str, ...]] | None = None


class _FailedInitError(Exception):
    """The environment did not get ready; ``reply`` is what the call gets."""

    def __init__(self, payload: bytes, error_type: str, *, timed_out: bool = False) -> None:
        super().__init__(error_type)
        self.payload, self.error_type, self.timed_out = payload, error_type, timed_out


class Environment:
    """One environment. ``call`` starts it where it has not been; after a failure that Lambda ends it for, ``alive`` is False."""

    def __init__(self, ground: Ground) -> None:
        """Keep what it is made of; nothing is started yet."""
        self._ground = ground
        self._identity = ground.function.identity(ground.region)
        self._temporary = Path(tempfile.mkdtemp(prefix="layerwright-tmp-"))
        self._temporary.chmod(0o1777)
        self._process: SandboxProcess | None = None
        self._server: HttpServer | None = None
        self._watch: MemoryWatch | None = None
        self._ready: asyncio.Future[None] | None = None
        self._reply: asyncio.Future[tuple[bytes, str | None]] | None = None
        self._tail: list[str] = []
        self._gate: int | None = None
        self._begun = False
        self._request_id: str | None = None
        self._on_answer: Callable[[bytes, str | None], None] | None = None
        self._init_ms: float | None = None
        self.alive = True
        self.calls = 0

    async def call(self, call: Call, on_answer: Callable[[bytes, str | None], None] | None = None) -> Reply:
        """Carry out one call; whatever the function does, a reply comes back.

        ``on_answer`` hears of the handler's answer at once, before the log is complete; where the process is ended instead, it hears
        nothing. Raises RunError where the sandbox can't be started.
        """
        self._tail, self._request_id, self._on_answer = [], call.request_id, on_answer
        cold = not self._begun
        self._begun = True
        started = time.perf_counter()
        if cold:
            try:
                await self._init(INIT_LIMIT_S, "init")
            except _FailedInitError as failure:
                if not failure.timed_out:
                    return await self._failed_init(call, failure)
                # Lambda starts again, and counts this second time as part of the call.
                self._log(init_report_line(INIT_LIMIT_S * 1000, phase="init", status="timeout"))
                await self._end_process()
                started = time.perf_counter()
                try:
                    await self._init(float(self._ground.function.timeout_s), "invoke")
                except _FailedInitError as second:
                    return await self._failed_init(call, second)
                self._init_ms = None
        return await self._invoke(
            call, started if self._init_ms is None and cold else time.perf_counter(), cold=cold
        )

    async def _invoke(self, call: Call, started: float, *, cold: bool) -> Reply:
        api, limit = self._api, self._ground.function.timeout_s
        left = limit - (time.perf_counter() - started)
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        api.give(call, int((time.time() + left) * 1000))
        # What the handler prints is heard in a later turn of the loop, so this line still comes first.
        self._log(f"START RequestId: {call.request_id} Version: $LATEST")
        timer = loop.call_later(left, self._give_reply, b"", "Sandbox.Timedout")
        if self._watch is not None:
            self._watch.begin()
        payload, error_type = await self._reply
        timer.cancel()
        duration_ms = (time.perf_counter() - started) * 1000
        process = self._process
        assert process is not None  # noqa: S101  it is running
        process.drain()
        process.finish_line()
        status = report_type = None
        if self._watch is not None:
            self._watch.pause()
        if error_type == "Sandbox.Timedout":
            payload, status = self._timed_out(call, limit), "timeout"
            duration_ms = limit * 1000.0
        elif error_type == "Runtime.ExitError":
            payload, status = self._exited(call), "error"
            report_type = "Runtime.OutOfMemory" if self._watch and self._watch.exceeded else error_type
        elif error_type in _EXPLAINED:
            await self._explain(payload)
        return await self._end_call(
            call, payload, error_type, duration_ms, cold=cold, status=status, kind=report_type
        )

    async def _end_call(
        self,
        call: Call,
        payload: bytes,
        error_type: str | None,
        duration_ms: float,
        *,
        cold: bool,
        status: str | None = None,
        kind: str | None = None,
    ) -> Reply:
        self._reply = None
        self._log(f"END RequestId: {call.request_id}")
        peak_mb = self._watch.peak_mb if self._watch is not None else None
        init_ms, self._init_ms = self._init_ms, None
        self._log(
            report_line(
                call.request_id,
                duration_ms=duration_ms,
                init_ms=init_ms,
                memory_mb=self._ground.function.memory_mb,
                peak_mb=peak_mb,
                status=status,
                error_type=kind,
            )
        )
        self.calls += 1
        self._request_id = None
        if status is not None:
            await self.close()
        log = "\n".join((*self._tail, "")).encode()[-TAIL_BYTES:]
        return Reply(payload=payload, error_type=error_type, log=log, duration_ms=duration_ms, cold=cold)

    def _timed_out(self, call: Call, limit: int) -> bytes:
        message = f"Task timed out after {limit:.2f} seconds"
        self._log(f"{timestamp()} {call.request_id} {message}")
        self._log("")
        return error_payload("Sandbox.Timedout", f"RequestId: {call.request_id} Error: {message}")

    def _exited(self, call: Call) -> bytes:
        assert self._process is not None  # noqa: S101  it was running
        status = self._process.ended.result() if self._process.ended.done() else 137
        if self._watch is not None and self._watch.exceeded:
            status = 137
        message = f"RequestId: {call.request_id} Error: {exit_reason(status)}"
        self._log(message)
        self._log("Runtime.ExitError")
        return error_payload("Runtime.ExitError", message)

    async def _failed_init(self, call: Call, failure: _FailedInitError) -> Reply:
        self._log(f"START RequestId: {call.request_id} Version: $LATEST")
        payload, error_type = failure.payload, failure.error_type
        duration_ms, status, kind = self._init_ms or 0.0, "error", error_type
        self._init_ms = None
        if failure.timed_out:
            payload, error_type, status, kind = (
                self._timed_out(call, self._ground.function.timeout_s),
                "Sandbox.Timedout",
                "timeout",
                "",
            )
            duration_ms = self._ground.function.timeout_s * 1000.0
        elif error_type == "Runtime.ExitError":
            payload = self._exited(call)
        return await self._end_call(
            call, payload, error_type, duration_ms, cold=True, status=status, kind=kind or None
        )

    # its start and end

    async def _init(self, limit_s: float, phase: str) -> None:
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        self._ready = loop.create_future()
        runtime = f"python:{self._ground.runtime.target.python_version}"
        self._log(f"INIT_START Runtime Version: {runtime} ({self._ground.sandbox.fidelity.environment})")
        if self._process is None:
            await self._start()
        self._open_gate(b"!")
        if self._watch is not None:
            self._watch.begin()
        process = self._process
        assert process is not None  # noqa: S101  it was started
        timer = loop.call_later(limit_s, self._fail_init, b"", "Sandbox.Timedout")
        process.ended.add_done_callback(self._on_exit)
        try:
            await self._ready
        except _FailedInitError as failure:
            process.drain()
            if process.refused:
                said = next((line for line in reversed(self._tail) if line.strip()), "")
                raise RunError(
                    f"{self._ground.sandbox.fidelity.environment} did not start: {said}"
                ) from failure
            self._init_ms = (time.perf_counter() - started) * 1000
            if failure.timed_out:
                for name in self._api.unregistered:
                    self._log(
                        f"[layerwright] the extension {name} has not registered, and Lambda waits for each: "
                        "it has to be executable, and to register by its file's name"
                    )
            else:
                kind = failure.error_type
                await self._explain(failure.payload)
                self._log(init_report_line(self._init_ms, phase=phase, status="error", error_type=kind))
            raise
        finally:
            timer.cancel()
            self._ready = None
        self._init_ms = (time.perf_counter() - started) * 1000

    async def _explain(self, payload: bytes) -> None:
        """Say what the checks know of an error, after Lambda's own lines."""
        explain = self._ground.explain
        if explain is None:
            return
        try:
            message = str(json.loads(payload)["errorMessage"])
        except (ValueError, KeyError, TypeError):
            return  # a process that ended says nothing
        for line in await asyncio.to_thread(explain, message):
            self._log(f"[layerwright] {line}")

    async def stand_by(self) -> None:
        """Start the interpreter, which then waits with the runtime's client imported, and nothing of the function."""
        if self._ground.sandbox.passes_descriptors:
            await self._start(gated=True)

    @property
    def stands_by(self) -> bool:
        """Whether the interpreter waits for the first call."""
        return self._gate is not None and self._process is not None and not self._process.ended.done()

    def _open_gate(self, word: bytes) -> None:
        """Let the interpreter that stands by go on; an empty word lets it end."""
        if self._gate is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._gate, word)
            os.close(self._gate)
            self._gate = None

    async def _start(self, *, gated: bool = False) -> None:
        ground = self._ground
        function, sandbox = ground.function, ground.sandbox
        paths = sandbox.paths
        extensions = ground.stack / "extensions"
        expected = (
            frozenset(path.name for path in extensions.iterdir() if path.is_file())
            if extensions.is_dir()
            else frozenset()
        )
        self._api = RuntimeApi(
            self, name=function.name, handler=function.handler, arn=self._identity.arn, expected=expected
        )
        self._server = HttpServer(self._api.handle, max_body_bytes=_MAX_BODY_BYTES)
        if not function.network and not sandbox.passes_descriptors:
            raise RunError(
                f"function {function.name!r}: no network is not to be had in {sandbox.fidelity.environment}",
                hint="it needs this host's own CPython or a root filesystem",
            )
        ours, theirs = socket.socketpair() if not function.network else (None, None)
        gate: int | None = None
        listener = None if theirs is not None else _loopback_socket()
        variables = lambda_environment(
            ground.runtime,
            self._identity,
            paths=paths,
            api=f"127.0.0.1:{listener.getsockname()[1]}" if listener is not None else None,
            log_stream=f"{time.strftime('%Y/%m/%d')}/[$LATEST]{self._temporary.name[-8:]}",
            credentials=ground.credentials,
        )
        if theirs is not None:
            variables["_LAYERWRIGHT_CHANNEL"] = str(theirs.fileno())
        if gated:
            gate, self._gate = os.pipe()
            variables["_LAYERWRIGHT_GATE"] = str(gate)
        launch = Launch(
            script="bootstrap.py",
            words=(
                paths.layers,
                paths.function,
                paths.packages,
                *([sandbox.emulator] if sandbox.emulator else []),
            ),
            stack=ground.stack,
            function=ground.code,
            packages=ground.packages,
            temporary=self._temporary,
            environment=variables,
            network=function.network,
            memory_mb=function.memory_mb,
        )
        self._process = SandboxProcess(sandbox.command(launch), self._log)
        passed = (*((theirs.fileno(),) if theirs is not None else ()), *((gate,) if gate is not None else ()))
        try:
            await self._process.start(passed)
        finally:
            if gate is not None:
                os.close(gate)
        if ours is not None and theirs is not None:
            theirs.close()
            listener = await _received_socket(ours, self._process)
        if listener is not None:
            await self._server.listen(listener)
        self._watch = MemoryWatch(self._process.pid, function.memory_mb)

    async def _end_process(self) -> None:
        self._open_gate(b"")
        if self._watch is not None:
            self._watch.close()
        if self._process is not None:
            await self._process.kill()
            self._process = None
        if self._server is not None:
            self._server.abort()
            self._server = None

    async def close(self) -> None:
        """End the environment: extensions that want to know are told, and get two seconds."""
        self.alive = False
        process = self._process
        if process is not None and not process.ended.done() and self._api.has_extensions:
            import signal

            until = time.time() + _SHUTDOWN_S
            if self._api.shut_down("spindown", int(until * 1000)):
                # The runtime goes last: with it, everything in the sandbox ends.
                await process.wait_for_others(_SHUTDOWN_S)
                process.signal_runtime(signal.SIGTERM)
                await asyncio.wait([process.ended], timeout=max(until - time.time(), 0.1))
        await self._end_process()
        shutil.rmtree(self._temporary, ignore_errors=True)

    # what the API and the process tell

    def on_ready(self) -> None:
        """The runtime waits for its first event."""
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def on_response(self, request_id: str, payload: bytes) -> None:  # noqa: ARG002  the API has compared it
        """The handler returned."""
        self._give_reply(payload, None)

    def on_error(self, request_id: str, payload: bytes, error_type: str) -> None:  # noqa: ARG002
        """The handler raised."""
        self._give_reply(payload, error_type)

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """The handler's module could not be imported."""
        self._fail_init(payload, error_type)

    def on_extension(self, name: str, state: str, error_type: str | None) -> None:
        """An extension registered or failed."""
        self._log(
            f"EXTENSION\tName: {name}\tState: {state}\tEvents: []"
            + (f"\tError Type: {error_type}" if error_type else "")
        )
        if state == "InitError":
            self._fail_init(
                error_payload("Extension.InitError", f"extension {name} failed: {error_type}"),
                "Extension.InitError",
            )

    def _on_exit(self, _: asyncio.Future[int]) -> None:
        self._fail_init(b"", "Runtime.ExitError")
        if self._reply is None:
            self.alive = False
        self._give_reply(b"", "Runtime.ExitError")

    def _fail_init(self, payload: bytes, error_type: str) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(
                _FailedInitError(payload, error_type, timed_out=error_type == "Sandbox.Timedout")
            )

    def _give_reply(self, payload: bytes, error_type: str | None) -> None:
        if self._reply is not None and not self._reply.done():
            if self._watch is not None:
                self._watch.look_if_due()
                if self._watch.exceeded and error_type not in _ENDED:
                    payload, error_type = b"", "Runtime.ExitError"  # Lambda would not have let it come so far
            self._reply.set_result((payload, error_type))
            if self._on_answer is not None and error_type not in _ENDED:
                self._on_answer(payload, error_type)

    def _log(self, line: str) -> None:
        self._tail.append(line)
        self._ground.on_line(line, self._request_id)


def _loopback_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


async def _received_socket(channel: socket.socket, process: SandboxProcess) -> socket.socket | None:
    """Return the listening socket that the process inside made and sent; None where it ended before."""
    loop = asyncio.get_running_loop()
    channel.settimeout(0)
    arrived: asyncio.Future[None] = loop.create_future()
    loop.add_reader(channel, _settle, arrived)
    waited: set[asyncio.Future[Any]] = {arrived, process.ended}
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    loop.remove_reader(channel)
    with channel:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not descriptors:
            return None
        channel.send(b"!")
    return socket.socket(fileno=descriptors[0])


def _settle(arrived: asyncio.Future[None]) -> None:
    if not arrived.done():
        arrived.set_result(None)
