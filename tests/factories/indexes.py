"""A package index on loopback, over a folder of wheels and source distributions (PEP 503), with what real ones ask for."""

from __future__ import annotations

import base64
import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_NAME = re.compile(r"^(.+?)-\d")


@dataclass
class LocalIndex:
    """A running index: where it is, and what it was asked for. ``status`` answers everything with one code."""

    folder: Path
    port: int = 0
    login: str | None = None
    status: int | None = None
    yanked: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/simple"

    def url_with(self, userinfo: str) -> str:
        return self.url.replace("http://", f"http://{userinfo}@")

    def answer(self, path: str, authorization: str | None) -> tuple[int, str, bytes]:
        if self.status is not None:
            return self.status, "text/plain", b""
        expected = None if self.login is None else "Basic " + base64.b64encode(self.login.encode()).decode()
        if expected is not None and authorization != expected:
            return 401, "text/plain", b""
        parts = unquote(path).strip("/").split("/")
        if parts[0] == "simple" and len(parts) == 2:
            page = self._page(parts[1])
            return (200, "text/html", page) if page else (404, "text/plain", b"")
        file = self.folder / parts[-1]
        return (
            (200, "application/octet-stream", file.read_bytes())
            if file.is_file()
            else (404, "text/plain", b"")
        )

    def _page(self, name: str) -> bytes:
        lines = []
        for file in sorted(self.folder.iterdir()):
            match = _NAME.match(file.name)
            if match is None or re.sub(r"[-_.]+", "-", match[1]).lower() != name:
                continue
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            yanked = ' data-yanked="broken"' if file.name in self.yanked else ""
            lines.append(f'<a href="/files/{file.name}#sha256={digest}"{yanked}>{file.name}</a>')
        return "\n".join(["<!DOCTYPE html><html><body>", *lines, "</body></html>"]).encode() if lines else b""


@contextmanager
def local_index(folder: Path, **rest: Any) -> Iterator[LocalIndex]:
    """A running index over a folder, until the block ends."""
    index = LocalIndex(folder=folder, **rest)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            status, kind, content = index.answer(self.path, self.headers.get("Authorization"))
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
