"""``layerwright invoke`` and ``prove`` on the command line: what goes to which stream, and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from factories.elves import extension
from layerwright.targets.load import load_runtime
from layerwright.targets.target import parse_target
from layerwright.wheels.store import Store
from run.conftest import TARGET, sandbox_for, write_files

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path, shared_store: Store) -> Cli:
    def cli(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "layerwright", *words],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ, LAYERWRIGHT_CACHE=str(shared_store.root)),
        )

    sandbox_for(load_runtime(parse_target(TARGET)), shared_store)
    return cli


@pytest.mark.sandbox
@pytest.mark.network
@pytest.mark.parametrize("event", ['{"n": 2}', "event.json", "-"])
def test_the_response_alone_is_on_stdout(cli: Cli, tmp_path: Path, event: str) -> None:
    source = "def handler(event, context):\n    print('printed')\n    return event['n'] * 21\n"
    write_files(tmp_path, {"code/app.py": source, "event.json": '{"n": 2}'})
    run = cli(
        "invoke", "app.handler", "--code", "code", "--target", TARGET, "--event", event, stdin='{"n": 2}'
    )
    assert (run.returncode, run.stdout) == (0, "42\n")
    assert "printed\n" in run.stderr
    assert "REPORT RequestId: " in run.stderr


@pytest.mark.sandbox
@pytest.mark.network
def test_an_import_error_is_followed_by_what_check_knows(cli: Cli, tmp_path: Path) -> None:
    needy = extension("_native", needed=("libGL.so.1",))
    write_files(
        tmp_path,
        {
            "code/app.py": "import graphics\n",
            "layer/python/graphics/__init__.py": "from . import _native\n",
            "layer/python/graphics/_native.abi3.so": needy,
        },
    )
    run = cli("invoke", "app.handler", "--code", "code", "--layer", "layer", "--target", TARGET)
    assert run.returncode == 1
    assert json.loads(run.stdout)["errorMessage"] == (
        "Unable to import module 'app': libGL.so.1: cannot open shared object file: No such file or directory"
    )
    explained = [line for line in run.stderr.splitlines() if line.startswith("[layerwright]")]
    assert any("elf-missing-library" in line and "libGL.so.1" in line for line in explained)
    assert any("fix: " in line for line in explained)


@pytest.mark.sandbox
@pytest.mark.network
@pytest.mark.parametrize(
    ("source", "error_type", "known"),
    [
        (
            "def handler(event, context):\n    import nowhere_to_be_found\n",
            "ModuleNotFoundError",
            "import-missing",
        ),
        ("import ctypes\nctypes.CDLL('libGL.so.1')\n", "OSError", "library-not-found"),
        ("def other(event, context): ...\n", "Runtime.HandlerNotFound", "handler-missing"),
        ("raise ValueError('of its own')\n", "ValueError", None),
    ],
)
def test_whatever_can_be_known_of_an_error_follows_it(
    cli: Cli, tmp_path: Path, source: str, error_type: str, known: str | None
) -> None:
    write_files(tmp_path, {"code/app.py": source})
    run = cli("invoke", "app.handler", "--code", "code", "--target", TARGET)
    assert run.returncode == 1
    assert json.loads(run.stdout)["errorType"] == error_type
    explained = [line for line in run.stderr.splitlines() if line.startswith("[layerwright]")]
    assert any(known in line for line in explained) if known else not explained


@pytest.mark.sandbox
@pytest.mark.network
@pytest.mark.parametrize("event", ["123", "null", '"text"', "-1.5"])
def test_any_json_is_an_event(cli: Cli, tmp_path: Path, event: str) -> None:
    write_files(tmp_path, {"app.py": "def handler(event, context):\n    return event\n"})
    run = cli("invoke", "app.handler", "--target", TARGET, f"--event={event}")
    assert (run.returncode, run.stdout) == (0, f"{event}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--event", "{no json"), "Could not parse request body into json"),
        (("--timeout", "901"), "Lambda takes 1 to 900"),
        (("--memory", "64"), "Lambda takes 128 to 10240"),
        (("--env", "AWS_REGION=x"), "Lambda reserves the environment variable AWS_REGION"),
        (("--env", "novalue"), "--env takes NAME=VALUE"),
        (("--event", "nowhere.json"), "the event nowhere.json can't be read"),
        (("--code", "nowhere"), "its code nowhere does not exist"),
        (("--env", "BIG=" + "x" * 4100), "Lambda allows 4096"),
    ],
)
def test_what_lambda_would_not_take_is_a_usage_error(
    cli: Cli, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    write_files(tmp_path, {"app.py": ""})
    run = cli("invoke", "app.handler", "--target", TARGET, *words)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stdout == ""


@pytest.mark.sandbox
def test_prove_says_what_was_used_and_what_failed(cli: Cli, tmp_path: Path) -> None:
    write_files(tmp_path, {"layer/python/fine.py": "", "layer/python/culprit.py": "import os; os.abort()"})
    run = cli("prove", "layer", "--target", TARGET, "--offline")
    assert run.returncode == 1
    assert "CPython 3.11" in run.stdout
    assert "glibc" in run.stdout
    assert "error: culprit: crashed\n    the process died of SIGABRT" in run.stdout
    assert run.stdout.rstrip().endswith("1 of 2 modules import, 1 fails")


@pytest.mark.sandbox
def test_prove_as_json_is_the_contract(cli: Cli, tmp_path: Path) -> None:
    write_files(tmp_path, {"layer/python/fine.py": ""})
    run = cli("prove", "layer", "--target", TARGET, "--format", "json", "--offline")
    assert run.returncode == 0
    proof = json.loads(run.stdout)
    assert list(proof) == ["schema_version", "target", "fidelity", "ok", "modules"]
    (module,) = proof["modules"]
    assert (module["module"], module["ok"], module["error"]) == ("fine", True, None)
    assert isinstance(module["seconds"], float)


def test_a_root_without_the_python_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    write_files(tmp_path, {"layer/python/fine.py": "", "root/etc/hostname": ""})
    run = cli("prove", "layer", "--target", TARGET, "--root", "root", "--offline")
    assert run.returncode == 2
    assert "holds no python3.11" in run.stderr


def test_an_engine_that_is_not_there_is_told(cli: Cli, tmp_path: Path) -> None:
    write_files(tmp_path, {"layer/python/fine.py": ""})
    run = cli("prove", "layer", "--target", TARGET, "--engine", "nosuchengine", "--offline")
    assert run.returncode == 2
    assert "the container engine nosuchengine is not installed" in run.stderr
