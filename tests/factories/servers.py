"""A real HTTP server on the loopback interface that serves bytes, well or badly, and remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """One request: its path, and the headers that tests look at."""

    path: str
    range: str | None
    authorization: str | None


@dataclass
class FileServer:
    """Serves ``files`` by path; ``plans`` are ways to answer that the next requests for a path use up, one each."""

    files: dict[str, bytes] = field(default_factory=dict)
    plans: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def add(self, name: str, data: bytes, *plan: Answer) -> str:
        """Serve bytes under a name, and return their URL."""
        self.files[f"/{name}"] = data
        self.plans[f"/{name}"] = list(plan)
        return f"{self.url}/{name}"

    def requests_for(self, name: str) -> list[Asked]:
        """What was asked about one file."""
        return [asked for asked in list(self.asked) if asked.path == f"/{name}"]


Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, declared: int, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(declared))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    """All of it, or the range that was asked for."""
    wanted = handler.headers.get("Range")
    if not wanted:
        _send(handler, 200, data, len(data))
        return
    start = int(wanted.removeprefix("bytes=").partition("-")[0])
    if start >= len(data):
        _send(handler, 416, b"", 0, Content_Range=f"bytes */{len(data)}")
        return
    rest = data[start:]
    _send(handler, 206, rest, len(rest), Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")


def without_range(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    """All of it, whatever range was asked for."""
    _send(handler, 200, data, len(data))


def status(code: int, **headers: str) -> Answer:
    """A status and no file."""
    return lambda handler, _: _send(handler, code, b"no", 2, **headers)


def cut_after(size: int) -> Answer:
    """The connection ends after so many bytes, though more were promised."""

    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        wanted = handler.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        rest = data[start:]
        extra = {"Content_Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if wanted else {}
        _send(handler, 206 if wanted else 200, rest[:size], len(rest), **extra)
        handler.close_connection = True

    return answer


def instead(other: bytes) -> Answer:
    """Other bytes than those of the file."""
    return lambda handler, _: _send(handler, 200, other, len(other))


def slowly(*, chunk_bytes: int, pause_s: float) -> Answer:
    """The bytes in small pieces; the connection goes when the other side does."""

    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        wanted = handler.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        handler.send_response(206 if wanted else 200)
        handler.send_header("Content-Length", str(len(data) - start))
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        for position in range(start, len(data), chunk_bytes):
            handler.wfile.write(data[position : position + chunk_bytes])
            handler.wfile.flush()
            time.sleep(pause_s)

    return answer


def sent_on(url: str) -> Answer:
    """A redirect."""
    return lambda handler, _: _send(handler, 302, b"", 0, Location=url)


@contextmanager
def file_server(*, tls: ssl.SSLContext | None = None) -> Iterator[FileServer]:
    """Run a server for as long as the block lasts, over TLS where a context is given."""
    server = FileServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            server.asked.append(Asked(path, self.headers.get("Range"), self.headers.get("Authorization")))
            plan = server.plans.get(path, [])
            answer = plan.pop(0) if plan else whole
            try:
                if path in server.files:
                    answer(self, server.files[path])
                else:
                    status(404)(self, b"")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that was killed is what some tests are about

    listener = Server(("127.0.0.1", 0), Handler)
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.server_address[1]}"
    if tls:
        listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
