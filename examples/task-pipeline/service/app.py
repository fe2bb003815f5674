"""The API: takes tasks, and says how they are.

A task is written to the database first and sent to the queue then. Where sending fails, or the service dies between the
two, a relay sends what was not sent; a task may be sent twice, and is never lost.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import boto3
import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import FastAPI, HTTPException

from service.models import NewTask, Task
from service.queue import send_tasks
from service.settings import Settings, read_settings
from service.store import add_task, claim_unsent, find_task, list_tasks, mark_sent

_RELAY_EVERY_S = 1.0
_RELAY_AFTER_S = 2.0


class Service:
    """The service's connections, and its relay."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; nothing is connected yet."""
        self._settings = settings
        self._stopping = threading.Event()
        self._client: Any = boto3.client(
            "sqs", endpoint_url=settings.sqs_endpoint, region_name=settings.region
        )

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection whose transaction is committed at the end; 503 where the database is away."""
        try:
            with psycopg.connect(self._settings.database_url, connect_timeout=5) as connection:
                yield connection
        except psycopg.OperationalError as error:
            raise HTTPException(503, "the database is away; try again") from error

    def send(self, identifiers: list[UUID]) -> None:
        """Send tasks and note it; what can't be sent now is left to the relay."""
        try:
            taken = send_tasks(self._client, self._settings.queue_url, identifiers)
        except (BotoCoreError, ClientError):
            return
        with self.database() as connection:
            mark_sent(connection, taken)

    def relay(self) -> None:
        """Send what was not sent, until stopped."""
        while not self._stopping.wait(_RELAY_EVERY_S):
            try:
                with psycopg.connect(self._settings.database_url, connect_timeout=5) as connection:
                    waiting = claim_unsent(connection, _RELAY_AFTER_S, 100)
                    if waiting:
                        mark_sent(connection, send_tasks(self._client, self._settings.queue_url, waiting))
            except (psycopg.OperationalError, BotoCoreError, ClientError):
                continue

    def stop(self) -> None:
        """End the relay."""
        self._stopping.set()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> Any:
    service = Service(read_settings())
    app.state.service = service
    relay = threading.Thread(target=service.relay, name="relay")
    relay.start()
    yield
    service.stop()
    relay.join()


app = FastAPI(title="Tasks", lifespan=_lifespan)


@app.post("/tasks", status_code=202)
def create_task(new: NewTask) -> Task:
    """Take a task; it is done later."""
    service: Service = app.state.service
    with service.database() as connection:
        task = add_task(connection, new.kind, new.model_dump(exclude={"kind"}))
    service.send([task.id])
    return task


@app.get("/tasks/{identifier}")
def read_task(identifier: UUID) -> Task:
    """Say how a task is."""
    service: Service = app.state.service
    with service.database() as connection:
        task = find_task(connection, identifier)
    if task is None:
        raise HTTPException(404, "there is no such task")
    return task


@app.get("/tasks")
def read_tasks(limit: int = 100) -> list[Task]:
    """List the newest tasks."""
    service: Service = app.state.service
    with service.database() as connection:
        return list_tasks(connection, min(max(limit, 1), 1000))
