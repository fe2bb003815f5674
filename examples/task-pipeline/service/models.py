"""Tasks as clients send and see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Status(StrEnum):
    """Where a task is in its life."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class CountWords(BaseModel):
    """Count the words of a text."""

    kind: Literal["count-words"]
    text: str = Field(max_length=100_000)


class SumNumbers(BaseModel):
    """Add numbers up; ``pause_s`` makes it take a while."""

    kind: Literal["sum-numbers"]
    numbers: list[float] = Field(max_length=10_000)
    pause_s: float = Field(default=0, ge=0, le=5)


NewTask = Annotated[CountWords | SumNumbers, Field(discriminator="kind")]


class Task(BaseModel):
    """A task as it stands."""

    id: UUID
    kind: str
    status: Status
    attempts: int
    result: Any = None
    error: str | None = None
    created_at: datetime
    finished_at: datetime | None = None
