"""What the service is told by its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the database and the queue are; ``sqs_endpoint`` is None for AWS itself."""

    database_url: str
    queue_url: str
    sqs_endpoint: str | None
    region: str


def read_settings() -> Settings:
    """Return the settings; raises KeyError for a variable that is missing."""
    return Settings(
        database_url=os.environ["DATABASE_URL"],
        queue_url=os.environ["QUEUE_URL"],
        sqs_endpoint=os.environ.get("SQS_ENDPOINT_URL"),
        region=os.environ.get("AWS_REGION", "us-east-1"),
    )
