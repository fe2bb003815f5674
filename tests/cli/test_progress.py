"""What long steps show: nothing in a pipe, bars on a terminal, a line each with -v."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from factories.wheels import wheel_bytes, wheel_filename
from layerwright.cli.console import Console
from layerwright.cli.progress import Lines, progress_on
from layerwright.progress import Silent

TARGET = "python3.11-x86_64"


def test_a_pipe_sees_no_progress() -> None:
    console = Console(io.StringIO(), io.StringIO(), {})
    with progress_on(console) as progress:
        assert isinstance(progress, Silent)


def test_more_output_has_a_line_per_step() -> None:
    err = io.StringIO()
    console = Console(io.StringIO(), err, {})
    console.configure(quiet=False, verbose=1)
    with progress_on(console) as progress:
        assert isinstance(progress, Lines)
        progress.begin("fetch", 3000)
        progress.advance("fetch", 1000)
        progress.advance("fetch", 2000)
        progress.end("fetch")
    assert re.fullmatch(r"fetch: \d+\.\d\d s, 3,000 bytes\n", err.getvalue())


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_is_for_those_who_want_it(environment: dict[str, str], colour: bool) -> None:
    assert Console(io.StringIO(), io.StringIO(), environment).colour is colour


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_sees_bars_and_keeps_the_table(tmp_path: Path) -> None:
    (tmp_path / wheel_filename()).write_bytes(wheel_bytes(files={"demo.py": b""}))
    words = [sys.executable, "-m", "layerwright", "build", "demo", "-t", TARGET, "-o", "layer.zip"]
    words += ["--no-index", "--find-links", str(tmp_path)]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "UV_CACHE_DIR": str(tmp_path / "uv")}
    with subprocess.Popen(words, cwd=tmp_path, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:
            pass  # Linux's way to say that the other end was closed
    os.close(ours)
    assert process.returncode == 0
    assert b"writing" in seen
    assert b"1 layer: 1 written" in seen
    assert b"\x1b[?25h" in seen, "the cursor is shown again"
