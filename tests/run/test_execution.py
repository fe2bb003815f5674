"""A handler in an execution environment: what users rely on is what Lambda does."""

from __future__ import annotations

import json
import re

import pytest

from layerwright.run import execution
from run.conftest import Run

pytestmark = [pytest.mark.sandbox, pytest.mark.network]

ECHO = "def handler(event, context):\n    return event\n"


def test_a_response_is_the_handlers_return_value(run: Run) -> None:
    session = run(ECHO, [{"a": [1, None, "ä"]}])
    assert session.payload == {"a": [1, None, "ä"]}
    assert session.replies[0].error_type is None


def test_the_context_is_lambdas(run: Run) -> None:
    session = run(
        """
        def handler(event, context):
            return {
                "left": context.get_remaining_time_in_millis(), "name": context.function_name,
                "version": context.function_version, "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb, "request": context.aws_request_id,
                "group": context.log_group_name, "stream": context.log_stream_name,
            }
        """,
        memory_mb=256,
        timeout_s=7,
        name="worker",
    )
    context = session.payload
    assert isinstance(context, dict)
    assert 6000 < context.pop("left") <= 7000
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", context.pop("request")
    )
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\].+", context.pop("stream"))
    assert context == {
        "name": "worker",
        "version": "$LATEST",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:worker",
        "memory": "256",
        "group": "/aws/lambda/worker",
    }


def test_the_process_sees_what_lambda_shows(run: Run) -> None:
    session = run(
        """
        import os, sys
        def handler(event, context):
            return {
                "path": sys.path, "cwd": os.getcwd(), "uid": os.getuid(), "environment": dict(os.environ),
                "tmp": os.listdir("/tmp"), "dev": sorted(os.listdir("/dev")), "home": os.path.exists("/home"),
                "executable": sys.executable, "prefix": sys.prefix,
            }
        """,
        layer={"python/in_layer.py": "", "lib/x": ""},
        variables={"MINE": "1"},
    )
    seen = session.payload
    assert isinstance(seen, dict)
    assert seen["path"][:6] == [
        "/var/task",
        "/opt/python/lib/python3.11/site-packages",
        "/opt/python",
        "/var/lang/lib/python3.11/site-packages",
        "/var/runtime",
        "/var/lang/lib/python311.zip",
    ]
    assert (seen["cwd"], seen["uid"], seen["tmp"], seen["home"]) == ("/var/task", 993, [], False)
    assert (seen["executable"], seen["prefix"]) == ("/var/lang/bin/python3.11", "/var/lang")
    assert "shm" not in seen["dev"]
    environment = seen["environment"]
    assert environment["LD_LIBRARY_PATH"].endswith(":/var/task:/var/task/lib:/opt/lib")
    assert environment["PYTHONPATH"] == "/var/runtime"
    assert environment["TZ"] == ":UTC"
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert environment["LAMBDA_TASK_ROOT"] == "/var/task"
    assert environment["MINE"] == "1"
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert not [name for name in environment if name.startswith("_LAYERWRIGHT") or name == "HOME"]


def test_a_pythonpath_of_the_functions_own_removes_the_layers(run: Run) -> None:
    session = run(
        "import sys\ndef handler(event, context):\n    return [p for p in sys.path if p.startswith('/opt')]\n",
        layer={"python/in_layer.py": ""},
        variables={"PYTHONPATH": "/var/task/vendor"},
    )
    assert session.payload == []


def test_layers_and_code_are_read_only_and_pth_files_are_obeyed(run: Run) -> None:
    session = run(
        """
        import from_pth
        def handler(event, context):
            failures = []
            for place in ("/opt/python/x", "/var/task/x", "/x", "/var/runtime/x"):
                try:
                    open(place, "w")
                except OSError as error:
                    failures.append(error.errno)
            open("/tmp/x", "w").close()
            return [failures, from_pth.__file__]
        """,
        layer={"python/more.pth": "elsewhere\n", "python/elsewhere/from_pth.py": ""},
    )
    assert session.payload == [[30, 30, 30, 30], "/opt/python/elsewhere/from_pth.py"]


def test_a_later_layer_module_wins_over_the_bundled_sdk(run: Run) -> None:
    session = run(
        "import boto3\ndef handler(event, context):\n    return boto3.__file__\n",
        layer={"python/boto3/__init__.py": ""},
    )
    assert session.payload == "/opt/python/boto3/__init__.py"


def test_the_bundled_sdk_is_there(run: Run) -> None:
    session = run("import boto3\ndef handler(event, context):\n    return boto3.__file__\n", timeout_s=30)
    assert session.payload == "/var/runtime/boto3/__init__.py"


def test_an_environment_stays_warm(run: Run) -> None:
    session = run(
        """
        import os
        calls = []
        def handler(event, context):
            calls.append(event)
            open("/tmp/%d" % len(calls), "w").close()
            return [len(calls), os.getpid(), sorted(os.listdir("/tmp"))]
        """,
        [{}, {}, {}],
    )
    first, second, third = (json.loads(reply.payload) for reply in session.replies)
    assert (first[0], second[0], third[0]) == (1, 2, 3)
    assert first[1] == third[1]
    assert third[2] == ["1", "2", "3"]
    assert [reply.cold for reply in session.replies] == [True, False, False]
    reports = [line for line in session.lines if line.startswith("REPORT")]
    assert "Init Duration: " in reports[0]
    assert "Init Duration" not in reports[1]


def test_the_log_has_lambdas_lines_in_their_order(run: Run) -> None:
    session = run(
        """
        import logging, sys
        print("at import")
        def handler(event, context):
            print("printed")
            sys.stderr.write("to stderr without an end")
            logging.getLogger().warning("logged")
        """
    )
    request = session.lines[2].split()[2]
    assert session.lines[0].startswith("INIT_START Runtime Version: python:3.11")
    assert session.lines[1] == "at import"
    assert session.lines[2] == f"START RequestId: {request} Version: $LATEST"
    assert session.lines[3] == "printed"
    assert session.lines[4].startswith("to stderr without an end[WARNING]\t20")
    assert session.lines[4].endswith(f"Z\t{request}\tlogged")
    assert session.lines[-2] == f"END RequestId: {request}"
    assert re.fullmatch(
        rf"REPORT RequestId: {request}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t",
        session.lines[-1],
    )
    assert session.replies[0].log.decode().splitlines() == session.lines


@pytest.mark.parametrize(
    ("source", "handler", "expected"),
    [
        (
            "import nothing_here",
            "app.handler",
            {
                "errorMessage": "Unable to import module 'app': No module named 'nothing_here'",
                "errorType": "Runtime.ImportModuleError",
                "requestId": "",
                "stackTrace": [],
            },
        ),
        (
            "def handler(:",
            "app.handler",
            {
                "errorMessage": "Syntax error in module 'app': invalid syntax (app.py, line 1)",
                "errorType": "Runtime.UserCodeSyntaxError",
                "requestId": "",
                "stackTrace": ['  File "/var/task/app.py" Line 1\n    def handler(:'],
            },
        ),
        (
            "",
            "app.handler",
            {
                "errorMessage": "Handler 'handler' missing on module 'app'",
                "errorType": "Runtime.HandlerNotFound",
                "requestId": "",
                "stackTrace": [],
            },
        ),
        (
            "",
            "handler",
            {
                "errorMessage": "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
                "errorType": "Runtime.MalformedHandlerName",
                "requestId": "",
                "stackTrace": [],
            },
        ),
        (
            "",
            "sys.handler",
            {
                "errorMessage": "Cannot use built-in module sys as a handler module",
                "errorType": "Runtime.BuiltInModuleConflict",
                "requestId": "",
                "stackTrace": [],
            },
        ),
        (
            "1 / 0",
            "app.handler",
            {
                "errorMessage": "division by zero",
                "errorType": "ZeroDivisionError",
                "requestId": "",
            },
        ),
    ],
)
def test_init_errors_are_lambdas_to_the_letter(
    run: Run, source: str, handler: str, expected: dict[str, object]
) -> None:
    session = run(source, handler=handler)
    payload = session.payload
    assert isinstance(payload, dict)
    if "stackTrace" not in expected:
        assert payload.pop("stackTrace")[-1].startswith('  File "/var/task/app.py", line 1, in <module>')
    assert payload == expected
    assert session.replies[0].error_type == expected["errorType"]
    assert f"[ERROR] {expected['errorType']}: {expected['errorMessage']}" in session.lines
    assert any(
        line.startswith("INIT_REPORT Init Duration: ")
        and "\tPhase: init\tStatus: error\tError Type: " in line
        for line in session.lines
    )


def test_a_handlers_exception_has_its_trace(run: Run) -> None:
    session = run("def handler(event, context):\n    raise KeyError('missing')\n", [{}, {}])
    payload = session.payload
    assert isinstance(payload, dict)
    request = payload.pop("requestId")
    assert payload == {
        "errorMessage": "'missing'",
        "errorType": "KeyError",
        "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('missing')\n"],
    }
    assert f"START RequestId: {request} Version: $LATEST" in session.lines
    assert len(session.replies) == 2, "an exception leaves the environment warm"


def test_a_deadline_ends_the_function(run: Run) -> None:
    session = run(
        "import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(60)\n", timeout_s=1
    )
    request = session.lines[1].split()[2]
    assert session.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request} Error: Task timed out after 1.00 seconds",
    }
    assert re.search(
        rf"^\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {request} Task timed out after 1.00 seconds$",
        session.text,
        re.M,
    )
    assert "begun" in session.lines
    assert session.lines[-1].startswith(f"REPORT RequestId: {request}\tDuration: 1000.00 ms")
    assert session.lines[-1].endswith("\tStatus: timeout\t")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(2)", "Runtime exited with error: exit status 2"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("ctypes.string_at(0)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_is_told_in_lambdas_words(run: Run, statement: str, reason: str) -> None:
    session = run(f"import ctypes, os, sys\ndef handler(event, context):\n    {statement}\n")
    request = session.lines[1].split()[2]
    assert session.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request} Error: {reason}",
    }
    assert session.lines[-1].endswith("\tStatus: error\tError Type: Runtime.ExitError\t")


def test_a_process_that_ends_at_import_is_told_too(run: Run) -> None:
    session = run("import os\nos._exit(3)\n")
    assert isinstance(session.payload, dict)
    assert session.payload["errorMessage"].endswith(" Error: Runtime exited with error: exit status 3")


def test_too_much_memory_is_the_end(run: Run) -> None:
    session = run(
        """
        import time
        def handler(event, context):
            held = bytearray()
            while len(held) < 2_000_000_000:
                held += b"x" * 4_000_000
                time.sleep(0.005)
        """,
        timeout_s=20,
    )
    assert isinstance(session.payload, dict)
    assert session.payload["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert session.lines[-1].endswith(
        "Max Memory Used: 128 MB\tInit Duration: ", 0, session.lines[-1].rindex("Init Duration: ") + 15
    )
    assert session.lines[-1].endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\t")


def test_too_much_memory_for_a_moment_is_the_end_too(run: Run) -> None:
    session = run(
        """
        import time
        def handler(event, context):
            held = b"x" * 300_000_000
            del held
            time.sleep(0.1)
            return "Lambda would not have come so far"
        """,
        timeout_s=20,
    )
    assert session.replies[0].error_type == "Runtime.ExitError"
    assert session.lines[-1].endswith("\tStatus: error\tError Type: Runtime.OutOfMemory\t")


def test_a_response_may_be_as_large_as_lambda_takes_and_no_larger(run: Run) -> None:
    source = "def handler(event, context):\n    return 'x' * event\n"
    fits, too_large = run(source, [6_291_554, 6_291_555], memory_mb=512, timeout_s=20).replies
    assert len(fits.payload) == 6_291_556
    assert json.loads(too_large.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_a_response_that_is_no_json_is_an_error(run: Run) -> None:
    session = run("def handler(event, context):\n    return object()\n")
    assert isinstance(session.payload, dict)
    assert session.payload["errorType"] == "Runtime.MarshalError"
    assert session.payload["errorMessage"].startswith(
        "Unable to marshal response: Object of type object is not JSON"
    )


def test_the_network_can_be_taken_away(run: Run) -> None:
    session = run(
        """
        import socket
        def handler(event, context):
            try:
                socket.create_connection(("192.0.2.1", 80), 1)
            except OSError as error:
                return error.errno
        """,
        network=False,
    )
    assert session.payload == 101  # ENETUNREACH


def test_a_slow_init_is_tried_again_within_the_call(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerwright.run.execution.INIT_LIMIT_S", 0.6)
    session = run(
        "import time\ntime.sleep(1)\ndef handler(event, context):\n    return 'late'\n", timeout_s=10
    )
    assert session.payload == "late"
    assert "INIT_REPORT Init Duration: 600.00 ms\tPhase: init\tStatus: timeout" in session.lines
    assert "Init Duration" not in session.lines[-1]


def test_an_init_that_takes_longer_than_the_timeout_fails(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerwright.run.execution.INIT_LIMIT_S", 0.3)
    session = run("import time\ntime.sleep(60)\n", timeout_s=1)
    assert isinstance(session.payload, dict)
    assert session.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")


EXTENSION = """\
#!/bin/sh
exec /var/lang/bin/python3.11 - <<'PYTHON'
import http.client, json, os
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
def ask(method, path, body=None, **headers):
    connection = http.client.HTTPConnection(api)
    connection.request(method, "/2020-01-01/extension/" + path, body, headers)
    return connection.getresponse()
answer = ask("POST", "register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}), **{"Lambda-Extension-Name": "watcher"})
identifier = answer.headers["Lambda-Extension-Identifier"]
print("registered for", json.loads(answer.read())["handler"], flush=True)
while True:
    event = json.loads(ask("GET", "event/next", **{"Lambda-Extension-Identifier": identifier}).read())
    print("extension saw", event["eventType"], flush=True)
    if event["eventType"] == "SHUTDOWN":
        break
PYTHON
"""


def test_extensions_are_started_and_told(run: Run) -> None:
    session = run(ECHO, [{}, {}], layer={"extensions/watcher": EXTENSION})
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: []" in session.lines
    assert "registered for app.handler" in session.lines
    assert session.lines.count("extension saw INVOKE") == 2
    assert session.lines[-1] == "extension saw SHUTDOWN"
    first_start = next(i for i, line in enumerate(session.lines) if line.startswith("START"))
    assert session.lines.index("registered for app.handler") < first_start


def test_an_extension_that_does_not_register_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "INIT_LIMIT_S", 2.0)
    session = run(
        ECHO, layer={"extensions/silent": "#!/bin/sh\n", "extensions/watcher": EXTENSION}, timeout_s=2
    )
    assert session.replies[0].error_type == "Sandbox.Timedout"
    named = [line for line in session.lines if line.startswith("[layerwright] the extension ")]
    assert named
    assert all("extension silent has not registered" in line for line in named)
