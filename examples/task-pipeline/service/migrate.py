"""Brings the database's schema up to date: each file of migrations/ once, in order, all in one transaction.

DATABASE_URL=... python -m service.migrate
"""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

FOLDER = Path(__file__).parent.parent / "migrations"
_LOCK = 4_211_977


def migrate(database_url: str) -> list[str]:
    """Apply what has not been applied; returns the names of those that were applied now."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = {row[0] for row in connection.execute("SELECT name FROM migrations")}
        new = [path for path in sorted(FOLDER.glob("*.sql")) if path.name not in done]
        for path in new:
            connection.execute(path.read_bytes())
            connection.execute("INSERT INTO migrations (name) VALUES (%s)", (path.name,))
    return [path.name for path in new]


if __name__ == "__main__":
    for name in migrate(os.environ["DATABASE_URL"]):
        print(f"applied {name}")
