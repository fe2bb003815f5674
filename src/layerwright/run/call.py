"""One call of a function, what comes back, and the lines that Lambda logs around it."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass
from typing import Final

MAX_EVENT_BYTES: Final = 6_291_456
MAX_RESPONSE_BYTES: Final = 6_291_556
MAX_ASYNC_BYTES: Final = 1_048_576
TAIL_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call: the event as JSON bytes, and what comes with it."""

    event: bytes
    request_id: str
    trace_id: str
    client_context: str | None = None
    qualifier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a call gives: the response, or the error's JSON. ``error_type`` is None exactly when the function answered.

    ``cold`` says that the environment was made for this call. ``log`` is what was logged during the call, its end alone where it is long.
    """

    payload: bytes
    error_type: str | None
    log: bytes = b""
    duration_ms: float = 0.0
    cold: bool = False


def new_call(event: bytes, *, client_context: str | None = None, qualifier: str | None = None) -> Call:
    """Return a call with ids of its own."""
    noise = os.urandom(28).hex()
    request_id = f"{noise[:8]}-{noise[8:12]}-4{noise[13:16]}-{'89ab'[int(noise[16], 16) % 4]}{noise[17:20]}-{noise[20:32]}"
    trace_id = f"Root=1-{int(time.time()):08x}-{noise[32:56]};Parent={noise[:16]};Sampled=0"
    return Call(
        event=event,
        request_id=request_id,
        trace_id=trace_id,
        client_context=client_context,
        qualifier=qualifier,
    )


def error_payload(error_type: str, message: str) -> bytes:
    """Return the JSON of an error that Lambda itself reports."""
    return json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":")).encode()


def exit_reason(status: int) -> str:
    """Return how Lambda words the end of a runtime's process; 128 and more are a signal, as shells and bubblewrap have it."""
    if status == 0:
        return "Runtime exited without providing a reason"
    number = -status if status < 0 else status - 128
    if number in _SIGNALS:
        return f"Runtime exited with error: signal: {_SIGNALS[number]}"
    return f"Runtime exited with error: exit status {status}"


_SIGNALS: Final = {
    1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap", 6: "aborted", 7: "bus error",
    8: "floating point exception", 9: "killed", 11: "segmentation fault", 13: "broken pipe", 14: "alarm clock", 15: "terminated",
}  # fmt: skip
"""As Go names them, in which Lambda's supervisor is written."""


def report_line(
    request_id: str,
    *,
    duration_ms: float,
    init_ms: float | None,
    memory_mb: int,
    peak_mb: int | None,
    status: str | None = None,
    error_type: str | None = None,
) -> str:
    """Return the REPORT line; the time of the init phase is billed, as on Lambda since August 2025.

    >>> report_line("1c2d", duration_ms=1.5, init_ms=None, memory_mb=128, peak_mb=40)
    'REPORT RequestId: 1c2d\\tDuration: 1.50 ms\\tBilled Duration: 2 ms\\tMemory Size: 128 MB\\tMax Memory Used: 40 MB\\t'
    """
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(duration_ms + (init_ms or 0))} ms",
        f"Memory Size: {memory_mb} MB",
    ]
    if peak_mb is not None:
        parts.append(f"Max Memory Used: {peak_mb} MB")
    if init_ms is not None:
        parts.append(f"Init Duration: {init_ms:.2f} ms")
    if status is not None:
        parts.append(f"Status: {status}")
    if error_type is not None:
        parts.append(f"Error Type: {error_type}")
    return "\t".join((*parts, ""))


def init_report_line(init_ms: float, *, phase: str, status: str, error_type: str | None = None) -> str:
    """Return the line that Lambda logs for an init phase that failed."""
    tail = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{tail}"


def timestamp() -> str:
    """Return the time as Lambda writes it before a time-out's message."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
