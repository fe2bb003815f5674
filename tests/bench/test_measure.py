"""Commands that take turns, and what is told of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from bench.cases import Bar, Command, Group, MemoryBar, Term, example_sets
from bench.measure import BenchError, Sample, take_turns
from bench.report import as_json, text
from bench.verdict import judge
from bench.workspace import emptied


def _command(
    name: str, program: str, folder: Path, *, may_fail: bool = False, timeout_s: float | None = None
) -> Command:
    return Command(
        name=name,
        words=(sys.executable, "-I", "-c", program),
        folder=folder,
        environment=dict(os.environ),
        may_fail=may_fail,
        timeout_s=timeout_s,
    )


def test_commands_take_turns(tmp_path: Path) -> None:
    write = "import sys; open('order', 'a').write({!r})"
    commands = [_command(name, write.format(name), tmp_path) for name in "ab"]
    samples = take_turns(commands, runs=2)
    assert (tmp_path / "order").read_text() == "ababab"
    assert {name: len(sample.seconds) for name, sample in samples.items()} == {"a": 2, "b": 2}
    assert all(sample.median > 0 and sample.peak_bytes > 1_000_000 for sample in samples.values())


def test_memory_is_the_largest_process_s(tmp_path: Path) -> None:
    inner = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', 'bytearray(100_000_000)'])"
    (sample,) = take_turns([_command("outer", inner, tmp_path)], runs=1, warm_ups=0).values()
    assert sample.peak_bytes > 100_000_000


def test_a_failure_of_ours_ends_it(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="the reason"):
        take_turns([_command("ours", "import sys; sys.exit('the reason')", tmp_path)], runs=1)


def test_a_failure_of_others_is_a_result(tmp_path: Path) -> None:
    fails = "import sys; print('first', file=sys.stderr); sys.exit('the reason')"
    commands = [_command("theirs", fails, tmp_path, may_fail=True), _command("ours", "pass", tmp_path)]
    samples = take_turns(commands, runs=2)
    assert (samples["theirs"].failure, samples["theirs"].seconds) == ("the reason", ())
    assert len(samples["ours"].seconds) == 2


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    slow = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    start = time.perf_counter()
    (sample,) = take_turns([_command("slow", slow, tmp_path, may_fail=True, timeout_s=0.5)], runs=1).values()
    assert sample.failure == "longer than 0 s"
    assert time.perf_counter() - start < 30


def test_folders_are_emptied_and_files_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    (tmp_path / "file").touch()
    emptied(tmp_path / "folder", tmp_path / "file", tmp_path / "absent")()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder"]


def _sample(name: str, *seconds: float, peak_bytes: int = 0, failure: str | None = None) -> Sample:
    return Sample(name=name, seconds=seconds, peak_bytes=peak_bytes, failure=failure)


def _group(*bars: Bar, memory: MemoryBar | None = None) -> Group:
    return Group(
        title="group",
        commands=(),
        runs=3,
        bars=bars,
        memory_bars=(memory,) if memory else (),
        baseline="ours",
    )


def test_a_bar_is_judged_turn_by_turn() -> None:
    bar = Bar(
        title="fast", measured="ours", limit=(Term(times=1.6, command="cat"), Term(times=1, command="start"))
    )
    samples = {
        "ours": _sample("ours", 1.0, 2.0, 30.0),
        "cat": _sample("cat", 1.0, 1.0, 20.0),
        "start": _sample("start", 0.4, 0.4, 8.0),
    }
    (verdict,) = judge(_group(bar), samples).verdicts
    assert verdict.limit == "1.6 x cat + start"
    assert (verdict.share.least, verdict.share.median, verdict.share.most) == (0.5, 0.75, 1.0)
    assert verdict.holds


def test_many_times_faster_is_a_part() -> None:
    bar = Bar(title="40 times", measured="ours", limit=(Term(times=1 / 40, command="uv"),))
    (verdict,) = judge(_group(bar), {"ours": _sample("ours", 0.3), "uv": _sample("uv", 11.0)}).verdicts
    assert verdict.limit == "uv / 40"
    assert not verdict.holds


def test_memory_has_its_bar() -> None:
    bar = MemoryBar(title="memory", measured="ours", limit_bytes=150_000_000)
    (verdict,) = judge(_group(memory=bar), {"ours": _sample("ours", 1.0, peak_bytes=151_000_000)}).verdicts
    assert not verdict.holds


def test_a_bar_beside_a_tool_that_failed_is_not_judged() -> None:
    bar = Bar(title="fast", measured="ours", limit=(Term(times=1, command="theirs"),))
    samples = {"ours": _sample("ours", 1.0), "theirs": _sample("theirs", failure="no")}
    assert judge(_group(bar), samples).verdicts == ()


def test_the_report_says_all_of_it() -> None:
    bar = Bar(title="fast", measured="ours", limit=(Term(times=2, command="cat"),))
    samples = {
        "ours": _sample("ours", 1.0, 3.0, peak_bytes=20_000_000),
        "cat": _sample("cat", 1.0, 1.0, peak_bytes=2_000_000),
        "sam": _sample("sam", failure="Error: no wheel"),
    }
    measured = [judge(_group(bar), samples)]
    shown = text(measured, {"processors": 2})
    assert [line.split() for line in shown.splitlines()[2:]] == [
        ["group", "(3", "runs)"],
        ["median", "least", "most", "peak", "÷", "ours"],
        ["ours", "2.000", "s", "1.000", "s", "3.000", "s", "20", "MB", "1.00"],
        ["cat", "1.000", "s", "1.000", "s", "1.000", "s", "2", "MB", "0.67", "(0.33", "to", "1.00)"],
        ["sam", "fails:", "Error:", "no", "wheel"],
        [],
        ["bar", "took", "may", "take", "share", "(least", "to", "most)", "holds", "which", "is"],
        [
            "group:",
            "fast",
            "2.000",
            "s",
            "2.000",
            "s",
            "1.00",
            "(0.50",
            "to",
            "1.50)",
            "yes",
            "2",
            "x",
            "cat",
        ],
    ]
    assert '"holds": true' in as_json(measured, {"processors": 2})


def test_the_examples_are_the_five_sets() -> None:
    sets = example_sets(Path(__file__).parents[2] / "examples")
    assert {case.name: case.target for case in sets} == {
        "document-processor": "python3.11-x86_64",
        "extract-text": "python3.11-x86_64",
        "ocr-pipeline": "python3.9-x86_64",
        "psycopg2-arm64": "python3.11-arm64",
        "task-pipeline": "python3.11-x86_64",
    }
    assert all(case.requirements for case in sets)
