"""The Lambda function: does the tasks whose messages SQS delivers.

SQS delivers at least once, maybe twice at the same time. A task's row is locked while it is done, and one that is completed is
left as it is, so each is completed once. A message that fails is named in the answer (ReportBatchItemFailures) and comes
back, while its neighbours are done with; after MAX_RECEIVES attempts its task is marked as failed, and the queue moves the
message to its dead-letter queue.
"""

import json
import logging
import os
import time

import psycopg2
import psycopg2.extras

log = logging.getLogger()
log.setLevel(logging.INFO)

MAX_RECEIVES = int(os.environ.get("MAX_RECEIVES", "3"))

_connection = None


def handler(event, context):
    """Do each message's task; returns the messages that failed."""
    failures = []
    for record in event["Records"]:
        try:
            do_message(record)
        except Exception:
            log.exception("message %s failed", record["messageId"])
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def do_message(record):
    """Do the task of one message."""
    identifier = json.loads(record["body"])["task_id"]
    try:
        do_task(identifier)
    except psycopg2.OperationalError:
        forget_connection()  # the database is away: the message comes back
        raise
    except Exception as error:
        if int(record["attributes"]["ApproximateReceiveCount"]) >= MAX_RECEIVES:
            mark_failed(identifier, error)
        raise


def do_task(identifier):
    """Bring a task to its end, unless another delivery of its message has."""
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks SET status = 'processing', attempts = attempts + 1, started_at = now() "
            "WHERE id = %s AND status IN ('pending', 'processing')",
            (identifier,),
        )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT kind, payload, status FROM tasks WHERE id = %s FOR UPDATE", (identifier,))
        row = cursor.fetchone()
        if row is None:
            raise LookupError(f"there is no task {identifier}")
        kind, payload, status = row
        if status in ("completed", "failed"):
            log.info("task %s is %s already", identifier, status)
            return
        result = KINDS[kind](**payload)
        cursor.execute(
            "UPDATE tasks SET status = 'completed', result = %s, error = NULL, finished_at = now(), "
            "completions = completions + 1 WHERE id = %s",
            (psycopg2.extras.Json(result), identifier),
        )
    log.info("task %s completed", identifier)


def mark_failed(identifier, error):
    """Note that a task was tried for the last time."""
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks SET status = 'failed', error = %s, finished_at = now() "
            "WHERE id::text = %s AND status IN ('pending', 'processing')",
            (f"{type(error).__name__}: {error}", identifier),
        )


def connect():
    """Return the connection that this environment keeps between calls."""
    global _connection
    if _connection is None or _connection.closed:
        _connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
    return _connection


def forget_connection():
    """Close the connection, so that the next call opens another."""
    global _connection
    if _connection is not None:
        _connection.close()
    _connection = None


def count_words(text):
    """Count the words of a text."""
    return {"words": len(text.split())}


def sum_numbers(numbers, pause_s=0):
    """Add numbers up, after a pause."""
    time.sleep(pause_s)
    return {"sum": sum(numbers)}


KINDS = {"count-words": count_words, "sum-numbers": sum_numbers}
