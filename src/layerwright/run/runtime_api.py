"""Lambda's Runtime API (2018-06-01) and Extensions API (2020-01-01), for one execution environment.

What is not a matter of HTTP is told to a listener, and what the listener has to say reaches the runtime through ``give``.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from layerwright.run.call import MAX_RESPONSE_BYTES, Call, error_payload
from layerwright.run.http1 import Exchange, json_headers

_RUNTIME: Final = "/2018-06-01/runtime/"
_EXTENSION: Final = "/2020-01-01/extension/"
_INVOCATION: Final = re.compile(r"invocation/([^/]+)/(response|error)")
_OK: Final = b'{"status":"OK"}\n'
_EVENTS: Final = frozenset({"INVOKE", "SHUTDOWN"})


class Listener(Protocol):
    """Who hears what the runtime and the extensions say."""

    def on_ready(self) -> None:
        """The runtime, and every extension, wait for the next event."""

    def on_response(self, request_id: str, payload: bytes) -> None:
        """The handler returned."""

    def on_error(self, request_id: str, payload: bytes, error_type: str) -> None:
        """The handler raised, or its response can't be taken."""

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """The handler's module could not be imported."""

    def on_extension(self, name: str, state: str, error_type: str | None) -> None:
        """An extension registered (``Ready``), or said that it failed."""


@dataclass(slots=True)
class _Extension:
    name: str
    identifier: str
    events: frozenset[str]
    waiting: Exchange | None = None
    queue: list[bytes] = field(default_factory=list)

    def send(self, event: bytes) -> None:
        if self.waiting is not None:
            exchange, self.waiting = self.waiting, None
            exchange.answer(200, event, json_headers({"lambda-extension-event-identifier": _identifier()}))
        else:
            self.queue.append(event)


class RuntimeApi:
    """The two APIs of one environment; ``expected`` are the names of the external extensions that are to register."""

    def __init__(
        self,
        listener: Listener,
        *,
        name: str,
        handler: str,
        arn: str,
        expected: frozenset[str] = frozenset(),
    ) -> None:
        """Keep who listens, and what extensions are told about the function."""
        self._listener = listener
        self._about = {"functionName": name, "functionVersion": "$LATEST", "handler": handler}
        self._arn = arn
        self._expected = expected
        self._waiting: Exchange | None = None
        self._pending: tuple[Call, int] | None = None
        self._current: str | None = None
        self._extensions: dict[str, _Extension] = {}

    def handle(self, exchange: Exchange) -> None:
        """Answer a request, now or once there is something to answer."""
        path = exchange.path
        if path.startswith(_RUNTIME):
            self._runtime(exchange, path[len(_RUNTIME) :])
        elif path.startswith(_EXTENSION):
            self._extension(exchange, path[len(_EXTENSION) :])
        elif path.startswith(("/2022-07-01/telemetry", "/2020-08-15/logs")):
            body = error_payload("Telemetry.NotSupported", "Telemetry API is not supported")
            exchange.answer(202, body, json_headers())
        else:
            exchange.answer(404, error_payload("NotFound", f"no such path: {path}"), json_headers())

    @property
    def unregistered(self) -> tuple[str, ...]:
        """The names of the extensions that have not registered so far."""
        return tuple(sorted(self._expected - {one.name for one in self._extensions.values()}))

    @property
    def has_extensions(self) -> bool:
        """Whether any extension has registered."""
        return bool(self._extensions)

    def give(self, call: Call, deadline_ms: int) -> None:
        """Hand a call to the runtime as soon as it asks, and tell the extensions that want to know."""
        self._current = call.request_id
        event = {
            "eventType": "INVOKE",
            "deadlineMs": deadline_ms,
            "requestId": call.request_id,
            "invokedFunctionArn": self._arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": call.trace_id},
        }
        self._tell("INVOKE", event)
        self._pending = (call, deadline_ms)
        self._deliver()

    def shut_down(self, reason: str, deadline_ms: int) -> bool:
        """Tell the extensions that the environment ends; returns whether any wants to know."""
        event = {"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline_ms}
        return self._tell("SHUTDOWN", event)

    def _tell(self, kind: str, event: dict[str, Any]) -> bool:
        told = [extension for extension in self._extensions.values() if kind in extension.events]
        for extension in told:
            extension.send(json.dumps(event).encode())
        return bool(told)

    # the Runtime API

    def _runtime(self, exchange: Exchange, path: str) -> None:
        if path == "invocation/next" and exchange.method == "GET":
            self._waiting = exchange
            self._deliver()
            self._check_ready()
        elif (match := _INVOCATION.fullmatch(path)) and exchange.method == "POST":
            self._finish(exchange, match[1], match[2])
        elif path == "init/error" and exchange.method == "POST":
            exchange.answer(202, _OK, json_headers())
            kind = exchange.headers.get("lambda-runtime-function-error-type", "Runtime.Unknown")
            self._listener.on_init_error(exchange.body, kind)
        elif path == "restore/next" and exchange.method == "GET":
            exchange.answer(200, b"", json_headers())
        elif path == "restore/error" and exchange.method == "POST":
            exchange.answer(202, _OK, json_headers())
        else:
            exchange.answer(404, error_payload("NotFound", f"no such path: {exchange.path}"), json_headers())

    def _deliver(self) -> None:
        if self._waiting is None or self._pending is None:
            return
        exchange, self._waiting = self._waiting, None
        (call, deadline_ms), self._pending = self._pending, None
        headers = {
            "lambda-runtime-aws-request-id": call.request_id,
            "lambda-runtime-deadline-ms": str(deadline_ms),
            "lambda-runtime-invoked-function-arn": self._arn
            + (f":{call.qualifier}" if call.qualifier else ""),
            "lambda-runtime-trace-id": call.trace_id,
        }
        if call.client_context is not None:
            headers["lambda-runtime-client-context"] = call.client_context
        exchange.answer(200, call.event, json_headers(headers))

    def _finish(self, exchange: Exchange, request_id: str, what: str) -> None:
        if request_id != self._current:
            body = error_payload("InvalidRequestID", "Invalid request ID")
            exchange.answer(400, body, json_headers())
            return
        self._current = None
        payload = exchange.body
        if len(payload) > MAX_RESPONSE_BYTES:
            kind = "Function.ResponseSizeTooLarge"
            message = (
                f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            )
            self._listener.on_error(request_id, error_payload(kind, message), kind)
            exchange.answer(413, error_payload("RequestEntityTooLarge", message), json_headers())
            return
        if what == "response":
            self._listener.on_response(request_id, payload)
        else:
            kind = exchange.headers.get("lambda-runtime-function-error-type") or _error_type(payload)
            self._listener.on_error(request_id, payload, kind)
        exchange.answer(202, _OK, json_headers())

    def _check_ready(self) -> None:
        extensions = self._extensions.values()
        if self._waiting is not None and not self.unregistered and all(one.waiting for one in extensions):
            self._listener.on_ready()

    # the Extensions API

    def _extension(self, exchange: Exchange, path: str) -> None:
        if path == "register" and exchange.method == "POST":
            self._register(exchange)
            return
        extension = self._extensions.get(exchange.headers.get("lambda-extension-identifier", ""))
        if extension is None:
            body = error_payload("Extension.UnknownExtensionIdentifier", "Unknown extension identifier")
            exchange.answer(403, body, json_headers())
        elif path == "event/next" and exchange.method == "GET":
            if extension.queue:
                exchange.answer(200, extension.queue.pop(0), json_headers())
            else:
                extension.waiting = exchange
                self._check_ready()
        elif path in {"init/error", "exit/error"} and exchange.method == "POST":
            exchange.answer(202, _OK, json_headers())
            kind = exchange.headers.get("lambda-extension-function-error-type", "Extension.Unknown")
            self._listener.on_extension(
                extension.name, "InitError" if path == "init/error" else "ExitError", kind
            )
        else:
            exchange.answer(404, error_payload("NotFound", f"no such path: {exchange.path}"), json_headers())

    def _register(self, exchange: Exchange) -> None:
        name = exchange.headers.get("lambda-extension-name", "")
        try:
            events = frozenset(json.loads(exchange.body)["events"])
        except (ValueError, KeyError, TypeError):
            events = frozenset({"?"})
        if not name or not events <= _EVENTS:
            body = error_payload(
                "InvalidRequestFormat", "Could not parse request body, or no Lambda-Extension-Name"
            )
            exchange.answer(400, body, json_headers())
            return
        extension = _Extension(name, _identifier(), events)
        self._extensions[extension.identifier] = extension
        headers = json_headers({"lambda-extension-identifier": extension.identifier})
        exchange.answer(200, json.dumps(self._about).encode(), headers)
        self._listener.on_extension(name, "Ready", None)


def _identifier() -> str:
    noise = os.urandom(16).hex()
    return f"{noise[:8]}-{noise[8:12]}-{noise[12:16]}-{noise[16:20]}-{noise[20:]}"


def _error_type(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["errorType"])
    except (ValueError, KeyError, TypeError):
        return "Runtime.Unknown"
