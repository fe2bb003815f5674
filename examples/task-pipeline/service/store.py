"""Tasks in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from service.models import Task

_COLUMNS = "id, kind, status, attempts, result, error, created_at, finished_at"


def add_task(connection: psycopg.Connection[Any], kind: str, payload: dict[str, Any]) -> Task:
    """Return the new task, pending and not yet sent."""
    with connection.cursor(row_factory=class_row(Task)) as cursor:
        cursor.execute(
            f"INSERT INTO tasks (id, kind, payload) VALUES (%s, %s, %s) RETURNING {_COLUMNS}",
            (uuid4(), kind, Jsonb(payload)),
        )
        task = cursor.fetchone()
    assert task is not None
    return task


def find_task(connection: psycopg.Connection[Any], identifier: UUID) -> Task | None:
    """Return the task, None where there is none."""
    with connection.cursor(row_factory=class_row(Task)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM tasks WHERE id = %s", (identifier,))
        return cursor.fetchone()


def list_tasks(connection: psycopg.Connection[Any], limit: int) -> list[Task]:
    """Return the newest tasks, the newest first."""
    with connection.cursor(row_factory=class_row(Task)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM tasks ORDER BY created_at DESC, id LIMIT %s", (limit,))
        return cursor.fetchall()


def claim_unsent(connection: psycopg.Connection[Any], older_than_s: float, limit: int) -> list[UUID]:
    """Return tasks that no message was sent for, locked until the transaction ends; other relays pass them over."""
    rows = connection.execute(
        "SELECT id FROM tasks WHERE sent_at IS NULL AND created_at <= now() - make_interval(secs => %s) "
        "ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED",
        (older_than_s, limit),
    )
    return [row[0] for row in rows]


def mark_sent(connection: psycopg.Connection[Any], identifiers: Sequence[UUID]) -> None:
    """Note that messages were sent."""
    connection.execute("UPDATE tasks SET sent_at = now() WHERE id = ANY(%s)", (list(identifiers),))
