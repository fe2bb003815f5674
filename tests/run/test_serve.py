"""``layerwright serve`` as its users meet it: through boto3, and through signals."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from layerwright.targets.load import load_runtime
from layerwright.targets.target import parse_target
from layerwright.wheels.store import Store
from run.conftest import TARGET, sandbox_for, write_files

boto3 = pytest.importorskip("boto3")
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

pytestmark = [pytest.mark.sandbox, pytest.mark.network]

APP = """
import os, time
print("imported")
def handler(event, context):
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("fail"):
        raise ValueError(event["fail"])
    custom = context.client_context.custom if context.client_context else None
    return {"event": event, "pid": os.getpid(), "custom": custom, "version": VERSION}
VERSION = 1
"""
CONFIGURATION = f"""
[functions.echo]
handler = "app.handler"
code = "src"
target = "{TARGET}"
timeout = 20
concurrency = 3
url = true
"""


@dataclass
class Served:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    url: str
    lines: list[str]
    folder: Path
    client: Any

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def invoke(self, event: object, **more: Any) -> Any:
        answer = self.client.invoke(FunctionName="echo", Payload=json.dumps(event).encode(), **more)
        return json.loads(answer["Payload"].read())


def start(folder: Path, store: Store, *words: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "layerwright", "serve", "--port", "0", *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(os.environ, LAYERWRIGHT_CACHE=str(store.root)),
        )


@pytest.fixture
def serve(tmp_path: Path, shared_store: Store) -> Iterator[Callable[..., Served]]:
    """Serve a folder with these files; ends it afterwards."""
    sandbox_for(load_runtime(parse_target(TARGET)), shared_store)
    running: list[Served] = []

    def serve(files: Mapping[str, str] | None = None, *words: str) -> Served:
        write_files(tmp_path, {"layerwright.toml": CONFIGURATION, "src/app.py": APP, **(files or {})})
        process = start(tmp_path, shared_store, *words)
        assert process.stdout is not None
        lines: list[str] = []
        while not any("its URL is" in line for line in lines):
            line = process.stdout.readline().decode()
            assert line, (tmp_path / "log").read_text()
            lines.append(line.strip())
        client = boto3.client(
            "lambda",
            endpoint_url=lines[0],
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="y",
            config=Config(retries={"max_attempts": 0}, max_pool_connections=20),
        )
        running.append(Served(process, lines[0], lines, tmp_path, client))
        return running[-1]

    yield serve
    for served in running:
        served.process.kill()
        served.process.wait()
        served.client.close()
        assert served.process.stdout is not None
        served.process.stdout.close()


def test_boto3_invokes(serve: Callable[..., Served]) -> None:
    served = serve()
    context = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
    answer = served.client.invoke(
        FunctionName="echo", Payload=b'{"a": 1}', LogType="Tail", ClientContext=context
    )
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    result = json.loads(answer["Payload"].read())
    assert (result["event"], result["custom"]) == ({"a": 1}, {"k": "v"})
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("INIT_START")
    assert "\nimported\nSTART RequestId: " in log
    assert log.splitlines()[-1].startswith("REPORT RequestId: ")

    arn = "arn:aws:lambda:us-east-1:123456789012:function:echo"
    failed = served.client.invoke(FunctionName=arn, Payload=b'{"fail": "no"}')
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.loads(failed["Payload"].read())["errorMessage"] == "no"

    assert served.client.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204
    assert served.client.get_function(FunctionName="echo")["Configuration"]["State"] == "Active"
    assert [one["FunctionName"] for one in served.client.list_functions()["Functions"]] == ["echo"]


def test_an_event_is_carried_out_later(serve: Callable[..., Served]) -> None:
    served = serve()
    answer = served.client.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"sleep": 0.2}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    until = time.monotonic() + 20
    while "REPORT" not in served.log:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"FunctionName": "nowhere"}, "ResourceNotFoundException"),
        ({"FunctionName": "echo", "Qualifier": "7"}, "ResourceNotFoundException"),
        ({"FunctionName": "echo", "Payload": b"no JSON"}, "InvalidRequestContentException"),
        ({"FunctionName": "echo", "Payload": b'"' + b"x" * 6_291_455 + b'"'}, "RequestTooLargeException"),
        (
            {"FunctionName": "echo", "InvocationType": "Event", "Payload": b'"' + b"x" * 1_048_575 + b'"'},
            "RequestTooLargeException",
        ),
    ],
)
def test_what_lambda_refuses_is_refused(
    serve: Callable[..., Served], arguments: dict[str, Any], code: str
) -> None:
    served = serve()
    if "Qualifier" in arguments:
        arguments = {"FunctionName": f"echo:{arguments['Qualifier']}"}
    with pytest.raises(ClientError) as caught:
        served.client.invoke(**arguments)
    assert caught.value.response["Error"]["Code"] == code


def test_calls_at_once_get_environments_of_their_own_up_to_the_limit(serve: Callable[..., Served]) -> None:
    served = serve()
    with ThreadPoolExecutor(5) as pool:

        def one(_: int) -> str:
            try:
                return "served" if served.invoke({"sleep": 1.5})["event"] else ""
            except ClientError as error:
                return str(error.response["Error"]["Code"])

        results = sorted(pool.map(one, range(5)))
    assert results == ["TooManyRequestsException"] * 2 + ["served"] * 3
    assert served.log.count("INIT_START") == 3
    for _ in range(5):
        served.invoke({})
    assert served.log.count("INIT_START") == 3, "calls one after the other reuse what is warm"


def test_changed_code_is_loaded(serve: Callable[..., Served]) -> None:
    served = serve()
    assert served.invoke({})["version"] == 1
    (served.folder / "src" / "app.py").write_text(APP.replace("VERSION = 1", "VERSION = 2"))
    time.sleep(0.7)
    assert served.invoke({})["version"] == 2


def test_an_interrupt_finishes_what_is_in_flight(serve: Callable[..., Served]) -> None:
    served = serve()
    served.invoke({})
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(served.invoke, {"sleep": 2})
        time.sleep(0.7)
        served.process.send_signal(signal.SIGINT)
        assert call.result(20)["event"] == {"sleep": 2}
    assert served.process.wait(20) == 0
    assert "stopping; what is in flight is being finished" in served.log
    with pytest.raises(OSError):  # noqa: PT011  refused, or reset
        socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), 1).close()


def test_a_second_interrupt_ends_at_once(serve: Callable[..., Served]) -> None:
    served = serve()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(lambda: served.invoke({"sleep": 15}))
        time.sleep(1.5)
        started = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        served.process.send_signal(signal.SIGINT)
        served.process.wait(10)
        assert time.monotonic() - started < 8
        assert call.exception(10) is not None


def test_nothing_is_left_when_the_server_is_killed(serve: Callable[..., Served]) -> None:
    from layerwright.run.memory import descendants

    served = serve()
    served.invoke({})
    below = [pid for pid in descendants(served.process.pid) if pid != served.process.pid]
    assert below
    served.process.kill()
    served.process.wait()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in below):
        assert time.monotonic() < until, "a sandbox outlived its server"
        time.sleep(0.05)


def test_the_log_can_be_json(serve: Callable[..., Served]) -> None:
    served = serve(None, "--log-format", "json")
    served.invoke({})
    time.sleep(0.3)
    records = [json.loads(line) for line in served.log.splitlines()]
    report = next(record for record in records if record["message"].startswith("REPORT"))
    assert report["function"] == "echo"
    assert report["requestId"] in report["message"]
    assert report["time"].endswith("Z")


def test_a_module_that_does_not_import_is_told_to_the_caller(serve: Callable[..., Served]) -> None:
    served = serve({"src/app.py": "import nothing_here\n"})
    answer = served.client.invoke(FunctionName="echo", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.ImportModuleError"


def test_a_port_that_is_taken_is_told(tmp_path: Path, shared_store: Store) -> None:
    write_files(tmp_path, {"layerwright.toml": CONFIGURATION, "src/app.py": APP})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, shared_store, "--port", str(port))
        assert process.wait(60) == 8
        assert process.stdout is not None
        process.stdout.close()
    log = (tmp_path / "log").read_text()
    assert f"error: port {port} of 127.0.0.1 is taken by another program" in log


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("", "nothing to serve"),
        (
            '[functions.f]\nhandler = 1\ntarget = "python3.11-x86_64"',
            "functions.f.handler is 1, expected a string",
        ),
        (
            '[functions.f]\nhandler = "a.b"\ntarget = "python3.11-x86_64"\ntimout = 3',
            "unknown key functions.f.timout",
        ),
        ('[functions.f]\nhandler = "a.b"\ntarget = "python3.11-x86_64"\nlayers = ["gone.zip"]', "gone.zip"),
        (
            '[functions.f]\nhandler = "a.b"\ntarget = "python3.11-x86_64"\ntimeout = 901',
            "Lambda takes 1 to 900",
        ),
    ],
)
def test_a_configuration_that_makes_no_sense_is_told(
    tmp_path: Path, shared_store: Store, configuration: str, message: str
) -> None:
    if configuration:
        write_files(tmp_path, {"layerwright.toml": configuration})
    process = start(tmp_path, shared_store)
    assert process.wait(60) == 2
    assert process.stdout is not None
    process.stdout.close()
    assert message in (tmp_path / "log").read_text()


def test_functions_are_named_as_lambda_takes_them(serve: Callable[..., Served]) -> None:
    served = serve()
    arn = "arn:aws:lambda:us-east-1:123456789012:function:echo"
    for name in (
        "echo",
        "echo:$LATEST",
        "function:echo",
        "123456789012:function:echo",
        arn,
        f"{arn}:$LATEST",
    ):
        assert served.client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    for name in ("other", "other:echo", "echo:live", f"{arn}:7"):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            served.client.invoke(FunctionName=name)


def test_a_failed_event_that_waits_for_its_next_try_keeps_nobody(serve: Callable[..., Served]) -> None:
    served = serve()
    served.client.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"fail": "once"}')
    until = time.monotonic() + 30
    while "REPORT" not in served.log and time.monotonic() < until:
        time.sleep(0.1)
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(30) == 0, "the next try would be in a minute"
