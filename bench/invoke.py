"""A warm call's overhead and a cold start, of ``layerwright serve`` and of AWS's runtime interface emulator, with one handler.

    python bench/invoke.py --emulator aws-lambda-rie-x86_64 [--rounds 6] [--calls 300]

The emulator's binary is in the wheel of aws-sam-cli (samcli/local/rapid). Rounds alternate between the two, so that both see the
machine as it is; each figure is over all calls of all rounds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HANDLER = "def handler(event, context):\n    return {'ok': True, 'event': event}\n"
_EVENT = b'{"a": 1}'


def main() -> None:
    """Measure both and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--calls", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "code").mkdir()
        (folder / "code" / "app.py").write_text(_HANDLER)
        packages = _prepare(folder)
        servers = {
            "layerwright serve": lambda: _ours(folder),
            "runtime interface emulator": lambda: _theirs(folder, arguments.emulator.resolve(), packages),
        }
        warm: dict[str, list[float]] = {label: [] for label in servers}
        cold: dict[str, list[float]] = {label: [] for label in servers}
        for _ in range(arguments.rounds):
            for label, start in servers.items():
                with start() as (port, path):
                    time.sleep(1)  # a server that has just come up, and not one that is still coming up
                    connection = http.client.HTTPConnection("127.0.0.1", port)
                    cold[label].append(_call(connection, path))
                    warm[label] += [_call(connection, path) for _ in range(arguments.calls)]
    print(f"{'':28} {'warm median':>12} {'warm p99':>10} {'cold median':>12}")
    for label in servers:
        ordered = sorted(warm[label])
        print(
            f"{label:28} {statistics.median(ordered):9.3f} ms {ordered[int(len(ordered) * 0.99)]:7.3f} ms"
            f" {statistics.median(cold[label]):9.1f} ms"
        )


def _call(connection: http.client.HTTPConnection, path: str) -> float:
    """Return how many milliseconds one call took."""
    start = time.perf_counter()
    connection.request("POST", path, body=_EVENT)
    answer = connection.getresponse()
    body = answer.read()
    elapsed = (time.perf_counter() - start) * 1000
    assert answer.status == 200, body
    assert json.loads(body)["ok"] is True, body
    return elapsed


def _prepare(folder: Path) -> Path:
    """Have Lambda's client in the store, and return where; the emulator is given the same files."""
    from layerwright.run.client import runtime_packages
    from layerwright.targets.load import load_runtime
    from layerwright.targets.target import parse_target
    from layerwright.wheels.store import Store

    target = f"python{sys.version_info[0]}.{sys.version_info[1]}-x86_64"
    (folder / "layerwright.toml").write_text(
        f'[functions.function]\nhandler = "app.handler"\ncode = "code"\ntarget = "{target}"\n'
    )
    return runtime_packages(load_runtime(parse_target(target)), Store())


@contextmanager
def _ours(folder: Path) -> Iterator[tuple[int, str]]:
    port = _free_port()
    words = [sys.executable, "-m", "layerwright", "serve", "-q", "--port", str(port)]
    with _running(words, folder, dict(os.environ), port):
        yield port, "/2015-03-31/functions/function/invocations"


@contextmanager
def _theirs(folder: Path, emulator: Path, packages: Path) -> Iterator[tuple[int, str]]:
    port, api = _free_port(), _free_port()
    words = [
        str(emulator),
        "--log-level",
        "error",
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
    ]
    words += [
        "--runtime-api-address",
        f"127.0.0.1:{api}",
        sys.executable,
        "-m",
        "awslambdaric",
        "app.handler",
    ]
    environment = dict(
        os.environ, PYTHONPATH=f"{packages}:{folder / 'code'}", AWS_LAMBDA_FUNCTION_TIMEOUT="30"
    )
    with _running(words, folder / "code", environment, port):
        yield port, "/2015-03-31/functions/function/invocations"


@contextmanager
def _running(words: list[str], folder: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        words, cwd=folder, env=environment, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    main()
