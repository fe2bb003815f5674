"""One call of a function, as Lambda would carry it out."""

from __future__ import annotations

import asyncio
import json

from layerwright.errors import UsageError
from layerwright.run.call import MAX_EVENT_BYTES, Reply, new_call
from layerwright.run.execution import Environment, Ground


def invoke(ground: Ground, event: bytes, *, client_context: str | None = None) -> Reply:
    """Call a function once, in an environment of its own; whatever the function does, a reply comes back.

    Raises UsageError for an event that Lambda would not take, RunError where the sandbox itself fails.
    """
    check_event(event)

    async def call() -> Reply:
        environment = Environment(ground)
        try:
            return await environment.call(new_call(event, client_context=client_context))
        finally:
            await environment.close()

    return asyncio.run(call())


def check_event(event: bytes) -> None:
    """Raise UsageError, in Lambda's words, for an event that is too large or no JSON."""
    if len(event) > MAX_EVENT_BYTES:
        raise UsageError(
            f"{len(event)} byte payload is too large for the RequestResponse invocation type (limit {MAX_EVENT_BYTES} bytes)"
        )
    try:
        json.loads(event)
    except ValueError as error:
        raise UsageError(f"Could not parse request body into json: {error}") from error
