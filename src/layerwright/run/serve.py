"""Serves functions until it is stopped: Lambda's invoke API, function URLs, and queues."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from layerwright.errors import RunError, UsageError
from layerwright.run.call import MAX_EVENT_BYTES
from layerwright.run.declared import DeclaredFunction
from layerwright.run.environment import DEFAULT_REGION
from layerwright.run.execution import Ground
from layerwright.run.function import Function
from layerwright.run.http1 import Exchange, HttpServer
from layerwright.run.lambda_api import LambdaApi
from layerwright.run.pool import Pool
from layerwright.run.queues import QueuePoller, open_queue

_GRACE_S: Final = 900.0
_RETIRE_EVERY_S: Final = 30.0
_EAGER: Final[dict[str, Any]] = {"eager_start": True} if sys.version_info >= (3, 12) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Where and how to serve.

    ``make_ground`` gives a function's ground, and may take long. ``make_client`` gives a boto3 client for SQS; it is asked only
    where there are queues. ``on_note`` hears what the server itself has to say.
    """

    make_ground: Callable[[Function], Ground]
    make_client: Callable[[], Any]
    on_note: Callable[[str], None]
    host: str = "127.0.0.1"
    port: int = 9000
    region: str = DEFAULT_REGION


@dataclass(slots=True)
class Running:
    """A server that runs: where, and how to stop it."""

    url: str
    urls: dict[str, str] = field(default_factory=dict)
    stop: Callable[[], object] = lambda: None


class Server:
    """Serves declared functions in one event loop."""

    def __init__(self, declared: Sequence[DeclaredFunction], settings: ServeSettings) -> None:
        """Keep what to serve; nothing is started yet."""
        self._declared = declared
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Event | None = None
        self._pools = {one.function.name: Pool(one.function, self._grounds(one.function)) for one in declared}

    def _grounds(self, function: Function) -> Callable[[], Ground]:
        return lambda: self._settings.make_ground(function)

    async def run(self, on_running: Callable[[Running], None]) -> None:
        """Serve until stopped; then finish what is in flight.

        ``on_running`` hears once everything listens. Raises RunError for a port that is taken, AwsError for a queue that is not there,
        and what preparing a function raises.
        """
        settings = self._settings
        self._stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(contextlib.closing(_bound(settings.host, settings.port)))]
            running = Running(url=_address(sockets[0]), stop=lambda: loop.call_soon_threadsafe(self.stop))
            api = LambdaApi(
                self._pools,
                region=settings.region,
                port=_port(sockets[0]),
                spawn=self._spawn,
                pause=self._pause,
            )
            servers = [(HttpServer(api.handle, max_body_bytes=2 * MAX_EVENT_BYTES), sockets[0])]
            for one in self._declared:
                if one.url is not None:
                    sock = stack.enter_context(contextlib.closing(_bound(settings.host, one.url)))
                    name = one.function.name
                    handle = _url_handler(api, name, _port(sock))
                    servers.append((HttpServer(handle, max_body_bytes=2 * MAX_EVENT_BYTES), sock))
                    running.urls[name] = _address(sock)
            await asyncio.gather(*(pool.prepare() for pool in self._pools.values()))
            pollers = await asyncio.to_thread(lambda: list(self._pollers()))
            stack.pop_all()
            for server, sock in servers:
                await server.listen(sock)
            polling = [asyncio.create_task(poller.run()) for poller in pollers]
            retiring = asyncio.create_task(self._retire())
            on_running(running)
            try:
                await self._stopping.wait()
            finally:
                retiring.cancel()
                await self._finish([server for server, _ in servers], pollers, polling)

    def stop(self) -> None:
        """Take nothing more, and end once what is in flight is finished."""
        if self._stopping is not None:
            self._stopping.set()

    async def _finish(
        self,
        servers: Sequence[HttpServer],
        pollers: Sequence[QueuePoller],
        polling: Sequence[asyncio.Task[None]],
    ) -> None:
        for server in servers:
            server.close()
        for poller in pollers:
            poller.stop()
        work = [*polling, *self._tasks]
        if work:
            await asyncio.wait(work, timeout=_GRACE_S)
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        for server in servers:
            server.abort()

    async def _pause(self, seconds: float) -> bool:
        """Wait; returns False, and at once, where the server is to end."""
        assert self._stopping is not None  # noqa: S101  it runs
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        loop = asyncio.get_running_loop()
        # Begun at once where Python can: a turn of the loop saved for each call.
        task = asyncio.Task(work, loop=loop, **_EAGER)
        if task.done():
            self._done(task)
            return
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._settings.on_note(f"a call failed in layerwright itself: {type(error).__name__}: {error}")

    def _pollers(self) -> Iterator[QueuePoller]:
        client = None
        for one in self._declared:
            for mapping in one.queues:
                client = client or self._settings.make_client()
                queue = open_queue(client, mapping, function_timeout_s=one.function.timeout_s)
                yield QueuePoller(
                    client, queue, mapping, self._pools[one.function.name], self._settings.on_note
                )

    async def _retire(self) -> None:
        while True:
            await asyncio.sleep(_RETIRE_EVERY_S)
            for pool in self._pools.values():
                await pool.retire()


def serve(server: Server, on_running: Callable[[Running], None], on_note: Callable[[str], None]) -> None:
    """Run a server until SIGINT or SIGTERM: the first finishes what is in flight, the second ends at once."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        signals = 0

        def on_signal() -> None:
            nonlocal signals
            signals += 1
            if signals == 1:
                on_note("stopping; what is in flight is being finished (again to end at once)")
                server.stop()
            elif task is not None:
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, on_signal)
        await server.run(on_running)

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(run())


def _url_handler(api: LambdaApi, name: str, port: int) -> Callable[[Exchange], None]:
    return lambda exchange: api.handle_url(exchange, name, port)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that has the port; raises RunError where another program has it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UsageError(f"{host} is no address of this machine: {error.strerror}") from error
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen()
    except OSError as error:
        sock.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            reason = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else "needs more rights than yours"
            )
            raise RunError(
                f"port {port} of {host} {reason}", hint="choose another: --port, or `url = PORT`"
            ) from error
        raise RunError(f"can't listen on {host}:{port}: {error.strerror}") from error
    return sock


def _port(sock: socket.socket) -> int:
    port: int = sock.getsockname()[1]
    return port


def _address(sock: socket.socket) -> str:
    host, port, *_ = sock.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
