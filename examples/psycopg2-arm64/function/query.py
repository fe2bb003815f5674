"""Asks a PostgreSQL database for its version; without DATABASE_URL it tells that psycopg2 and its libpq are there."""

import os
import platform

import psycopg2
import psycopg2.extensions


def handler(event, context):
    """Return which libraries are used on which machine, and the server's version where there is one."""
    answer = {
        "psycopg2": psycopg2.__version__.split()[0],
        "libpq": psycopg2.extensions.libpq_version() // 10000,
        "machine": platform.machine(),
    }
    if "DATABASE_URL" in os.environ:
        connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
        answer["server"] = connection.server_version // 10000
        connection.close()
    return answer
