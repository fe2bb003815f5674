"""An HTTP/1.1 server for whole messages, on asyncio and httptools (the parser of Node.js).

Requests come to a callback with their body; the answer is given now or later, in one piece. That is all that the Runtime API
and the invoke API need, and it costs a third of a general server per request.
"""

from __future__ import annotations

import asyncio
import http
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import httptools

MAX_HEADER_BYTES: Final = 64 * 1024
_REASONS: Final = {status.value: status.phrase for status in http.HTTPStatus}


class Exchange:
    """A request, and the answer to it. ``headers`` have small names; of several with one name, the values are joined."""

    __slots__ = (
        "_connection",
        "_done",
        "body",
        "headers",
        "keep_alive",
        "method",
        "on_gone",
        "path",
        "peer",
        "query",
    )

    def __init__(self, connection: _Connection, method: str, target: bytes) -> None:
        """Begin an exchange on a connection."""
        path, _, query = target.decode("latin-1").partition("?")
        self.method, self.path, self.query = method, path, query
        self.headers: dict[str, str] = {}
        self.body = b""
        self.keep_alive = True
        self.peer = connection.peer
        self.on_gone: Callable[[], None] | None = None
        self._connection = connection
        self._done: bytes | None = None

    def answer(self, status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send the answer; on a connection that is gone, nothing happens."""
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if not self.keep_alive:
            lines.append("connection: close")
        head = "\r\n".join((*lines, "", "")).encode("latin-1", "replace")
        self._done = head if self.method == "HEAD" else head + body
        self._connection.flush()

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self._done is not None

    @property
    def gone(self) -> bool:
        """Whether the other side has closed the connection."""
        return self._connection.closed


class _Connection(asyncio.Protocol):
    """One connection; requests are answered in the order in which they came."""

    def __init__(
        self, handle: Callable[[Exchange], None], max_body_bytes: int, open_: set[_Connection]
    ) -> None:
        self._handle = handle
        self._max_body_bytes = max_body_bytes
        self._open = open_
        self._parser: Any = httptools.HttpRequestParser(self)
        self._waiting: deque[Exchange] = deque()
        self._transport: asyncio.Transport | None = None
        self._ended = False
        self._too_large: int | None = None
        self.closed = False
        self.peer = ""
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._field_bytes = 0
        self._chunks: list[bytes] = []
        self._body_bytes = 0

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  as asyncio has it for TCP
        self._transport = transport
        name = transport.get_extra_info("peername")
        self.peer = name[0] if isinstance(name, tuple) else ""
        self._open.add(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError):
            self._refuse(self._too_large or 400)

    def eof_received(self) -> bool:
        self._ended = True
        return bool(self._waiting)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio names it
        self.closed = True
        self._open.discard(self)
        for exchange in self._waiting:
            if exchange.on_gone is not None:
                exchange.on_gone()
        self._waiting.clear()

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))
        self._count(len(name) + len(value))

    def _count(self, number: int) -> None:
        self._field_bytes += number
        if self._field_bytes > MAX_HEADER_BYTES:
            self._too_large = 431
            raise ValueError(self._field_bytes)  # stops the parser

    def on_headers_complete(self) -> None:
        if any(
            name.lower() == b"expect" and value.lower() == b"100-continue" for name, value in self._fields
        ):
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, chunk: bytes) -> None:
        self._body_bytes += len(chunk)
        if self._body_bytes > self._max_body_bytes:
            self._too_large = 413
            raise ValueError(self._body_bytes)  # stops the parser
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        exchange = Exchange(self, self._parser.get_method().decode("latin-1"), self._target)
        for name, value in self._fields:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            before = exchange.headers.get(key)
            separator = "; " if key == "cookie" else ","
            exchange.headers[key] = text if before is None else f"{before}{separator}{text}"
        exchange.body = b"".join(self._chunks)
        exchange.keep_alive = self._parser.should_keep_alive()
        self._waiting.append(exchange)
        self._handle(exchange)

    def flush(self) -> None:
        """Write the answers whose turn it is."""
        while self._waiting and self._waiting[0].answered:
            exchange = self._waiting.popleft()
            self._write(exchange._done or b"")  # noqa: SLF001  its own
            done = not exchange.keep_alive or (self._ended and not self._waiting)
            if done and self._transport is not None:
                self._transport.close()

    def close(self) -> None:
        """Close as soon as nothing is being waited for."""
        if self._transport is not None and not self._waiting:
            self._transport.close()
        for exchange in self._waiting:
            exchange.keep_alive = False

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self.closed:
            self._transport.write(data)

    def _refuse(self, status: int) -> None:
        reason = _REASONS[status]
        self._write(f"HTTP/1.1 {status} {reason}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        if self._transport is not None:
            self._transport.close()


class HttpServer:
    """Serves one callback on any number of listening sockets."""

    def __init__(self, handle: Callable[[Exchange], None], *, max_body_bytes: int) -> None:
        """Keep the callback, which must not raise; nothing listens yet."""
        self._handle = handle
        self._max_body_bytes = max_body_bytes
        self._connections: set[_Connection] = set()
        self._servers: list[asyncio.Server] = []

    async def listen(self, sock: Any) -> None:
        """Serve on a socket that is bound; the server owns it from here on."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Connection(self._handle, self._max_body_bytes, self._connections),
            sock=sock,
            backlog=1024,
        )
        self._servers.append(server)

    def close(self) -> None:
        """Take no more connections, and close those that nobody waits on."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections):
            connection.close()

    def abort(self) -> None:
        """Take no more connections, and cut those that there are."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._connections):
            if connection._transport is not None:  # noqa: SLF001  its own
                connection._transport.abort()  # noqa: SLF001


def json_headers(extra: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return the headers of a JSON answer."""
    return [("content-type", "application/json"), *(extra or {}).items()]
