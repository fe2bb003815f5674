"""The whole pipeline on one machine: database, queue, service and function; then tasks, and a table of how they went.

    python pipeline.py [--tasks 20]

DATABASE_URL and SQS_ENDPOINT_URL name a real database and a real SQS (set SQS_ENDPOINT_URL to an empty string for AWS itself); without
them, both are embedded. The layer is built first where it is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from embedded import Postgres, Sqs, free_port, make_queues, sqs_client
from service.migrate import migrate

HERE = Path(__file__).parent
LAYER = HERE / "dist" / "task-pipeline-python3.11-x86_64.zip"
FINAL = frozenset({"completed", "failed"})


class Pipeline:
    """Everything that runs, each part of which can be stopped and started again."""

    def __init__(
        self, *, configuration: Path = HERE / "layerwright.toml", visibility_s: int = 30, queue: str = "tasks"
    ) -> None:
        """Keep how it is to run; ``visibility_s`` is how long a message that failed stays away."""
        self.configuration = configuration
        self.visibility_s = visibility_s
        self.queue_name = queue
        self.region = os.environ.get("AWS_REGION", "us-east-1")
        self.postgres: Postgres | None = None
        self.database_url = os.environ.get("DATABASE_URL", "")
        self.sqs_endpoint = os.environ.get("SQS_ENDPOINT_URL")
        self.service_url = ""
        self.queue_url = self.dead_url = ""
        self.client: Any = None
        self.log: Any = subprocess.DEVNULL

    @contextmanager
    def running(self, *, workers: int = 1, log: Path | None = None) -> Iterator[Pipeline]:
        """Run everything; ``log`` takes what service and function say."""
        with ExitStack() as stack:
            if log is not None:
                self.log = stack.enter_context(log.open("ab"))
            if not self.database_url:
                self.postgres = Postgres()
                stack.callback(self.postgres.close)
                self.postgres.start()
                self.database_url = self.postgres.url
            if self.sqs_endpoint is None:
                sqs = Sqs()
                stack.callback(sqs.close)
                self.sqs_endpoint = sqs.endpoint_url
            migrate(self.database_url)
            self.client = sqs_client(self.sqs_endpoint or None, self.region)
            stack.callback(self.client.close)
            self.queue_url, self.dead_url = make_queues(
                self.client, self.queue_name, visibility_s=self.visibility_s, max_receives=3
            )
            stack.enter_context(self.service())
            for _ in range(workers):
                stack.enter_context(self.worker())
            yield self

    def environment(self) -> dict[str, str]:
        """Return the environment of service and function."""
        own = {"DATABASE_URL": self.database_url, "QUEUE_URL": self.queue_url, "AWS_REGION": self.region}
        if self.sqs_endpoint:
            own |= {
                "SQS_ENDPOINT_URL": self.sqs_endpoint,
                "AWS_ACCESS_KEY_ID": "embedded",
                "AWS_SECRET_ACCESS_KEY": "embedded",
            }
        return {**os.environ, **own}

    @contextmanager
    def service(self) -> Iterator[None]:
        """Run the API."""
        port = free_port()
        self.service_url = f"http://127.0.0.1:{port}"
        words = [
            sys.executable,
            "-m",
            "uvicorn",
            "service.app:app",
            "--port",
            str(port),
            "--log-level",
            "warning",
        ]
        with self._process(words, f"{self.service_url}/tasks"):
            yield

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the function behind the queue, with its layer, as Lambda would."""
        port = free_port()
        words = [sys.executable, "-m", "layerwright", "serve", "worker", "--config", str(self.configuration)]
        words += ["--port", str(port)]
        if self.sqs_endpoint:
            words += ["--endpoint-url", self.sqs_endpoint]
        with self._process(words, f"http://127.0.0.1:{port}/") as process:
            yield process

    @contextmanager
    def _process(self, words: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(words, cwd=HERE, env=self.environment(), stdout=self.log, stderr=self.log)
        try:
            wait_until(
                lambda: process.poll() is not None or _answers(url),
                60,
                f"{' '.join(words[1:4])} did not start",
            )
            if process.poll() is not None:
                raise RuntimeError(
                    f"{' '.join(words[1:4])} ended with status {process.returncode}; see the log"
                )
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def create(self, task: dict[str, Any]) -> str:
        """Create a task through the API; returns its id."""
        request = urllib.request.Request(
            f"{self.service_url}/tasks", json.dumps(task).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            identifier: str = json.loads(answer.read())["id"]
        return identifier

    def tasks(self, limit: int = 1000) -> list[dict[str, Any]]:
        """Return the newest tasks, as the API lists them."""
        with urllib.request.urlopen(f"{self.service_url}/tasks?limit={limit}", timeout=30) as answer:
            tasks: list[dict[str, Any]] = json.loads(answer.read())
        return tasks

    def statuses(self) -> Counter[str]:
        """Return how many tasks have which status."""
        return Counter(task["status"] for task in self.tasks())

    def messages(self, url: str) -> int:
        """Return how many messages a queue holds, seen and unseen."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


def wait_until(true: Any, seconds: float, message: str) -> None:
    """Return once ``true()``; raises TimeoutError with the message where it is not in time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(message)
        time.sleep(0.1)


def build_layer() -> None:
    """Build the layer where it is not there."""
    if not LAYER.exists():
        subprocess.run([sys.executable, "-m", "layerwright", "build"], cwd=HERE, check=True)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def _print_table(tasks: list[dict[str, Any]]) -> None:
    print(f"{'id':36}  {'kind':12}  {'status':10}  {'attempts':>8}  result")
    for task in sorted(tasks, key=lambda task: str(task["created_at"])):
        outcome = task["error"] or json.dumps(task["result"])
        print(f"{task['id']:36}  {task['kind']:12}  {task['status']:10}  {task['attempts']:8}  {outcome}")


def main() -> None:
    """Run the pipeline, give it tasks, and show how they went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=20, metavar="N")
    number = parser.parse_args().tasks
    build_layer()
    log = HERE / "dist" / "pipeline.log"
    log.unlink(missing_ok=True)
    with Pipeline().running(log=log) as pipeline:
        print(
            f"service: {pipeline.service_url}/docs\ndatabase: {pipeline.database_url.rpartition('@')[2]}\nlog: {log.relative_to(HERE)}"
        )
        for index in range(number):
            if index % 2:
                pipeline.create({"kind": "sum-numbers", "numbers": list(range(index))})
            else:
                pipeline.create({"kind": "count-words", "text": "one word " * index})
        before: Counter[str] = Counter()
        until = time.monotonic() + 120
        while sum(before[status] for status in FINAL) < number and time.monotonic() < until:
            now = pipeline.statuses()
            if now != before:
                print(", ".join(f"{now[status]} {status}" for status in sorted(now)))
                before = now
            time.sleep(0.2)
        tasks = pipeline.tasks()
        _print_table(tasks)
    if any(task["status"] != "completed" for task in tasks):
        raise SystemExit(f"not all tasks completed; see {log}")


if __name__ == "__main__":
    main()
