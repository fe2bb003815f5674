"""Messages about tasks, sent to SQS: a message holds a task's id, and the database all else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

_AT_MOST = 10


def send_tasks(client: Any, queue_url: str, identifiers: Sequence[UUID]) -> list[UUID]:
    """Send a message for each task; returns those that SQS took."""
    taken: list[UUID] = []
    for start in range(0, len(identifiers), _AT_MOST):
        part = identifiers[start : start + _AT_MOST]
        entries = [
            {"Id": str(number), "MessageBody": json.dumps({"task_id": str(identifier)})}
            for number, identifier in enumerate(part)
        ]
        answer = client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        taken += [part[int(success["Id"])] for success in answer.get("Successful", [])]
    return taken
