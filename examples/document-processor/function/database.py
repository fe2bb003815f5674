"""The table of documents, and the connection that an environment keeps between calls."""

import os

import psycopg2

TABLE = """
CREATE TABLE IF NOT EXISTS documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL UNIQUE,
    pages integer NOT NULL,
    title text,
    written_at timestamptz,
    thumbnail bytea,
    received_at timestamptz NOT NULL DEFAULT now()
)
"""

_connection = None


def connect():
    """Return the connection, opened anew where it was closed; the table is there."""
    global _connection
    if _connection is None or _connection.closed:
        _connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
        with _connection, _connection.cursor() as cursor:
            cursor.execute(TABLE)
    return _connection


def save(document, name):
    """Write a row for a document; returns its id. The same document again changes its name alone."""
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents (name, sha256, pages, title, written_at, thumbnail) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (sha256) DO UPDATE SET name = EXCLUDED.name RETURNING id",
            (
                name,
                document["sha256"],
                document["pages"],
                document["title"],
                document["written_at"],
                document["thumbnail"],
            ),
        )
        return cursor.fetchone()[0]
