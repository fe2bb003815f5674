"""``layerwright build`` from the outside: what it writes, what it prints, and what it says when it can't."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import type_of_add, type_of_run

TARGET = "python3.11-x86_64"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_layer_is_written_and_told_of(layerwright: type_of_run, add: type_of_add, tmp_path: Path) -> None:
    add("demo", files={"demo/__init__.py": b"x = 1\n"}, requires=["other>=1"])
    add("other", "1.2", files={"other.py": b"y = 2\n"})
    run = layerwright("build", "demo", "--target", TARGET, "-o", "layer.zip")
    assert (run.returncode, run.stderr) == (0, "")
    with zipfile.ZipFile("layer.zip") as layer:
        assert layer.read("python/demo/__init__.py") == b"x = 1\n"
        assert layer.read("python/other.py") == b"y = 2\n"
    masked = re.sub(r"\d+(\.\d+)? (KB|B|s)\b", "#", run.stdout)
    assert [line.split() for line in masked.splitlines()] == [
        ["layer", "for", TARGET],
        ["package", "version", "zipped", "unzipped"],
        ["demo", "1.0", "#", "#"],
        ["other", "1.2", "#", "#"],
        ["zipped", "#", "direct", "upload", "(limit", "50.0", "MB)"],
        ["unzipped", "#", "0%", "of", "the", "250.0", "MB", "for", "function", "and", "layers"],
        ["layer.zip"],
        [],
        ["1", "layer:", "1", "written", "in", "#"],
    ]


def test_json_is_the_contract(layerwright: type_of_run, add: type_of_add) -> None:
    wheel = add("demo", files={"demo.py": b""})
    run = layerwright("build", "demo", "--target", TARGET, "-o", "layer.zip", "--format", "json")
    result = json.loads(run.stdout)
    (layer,) = result["layers"]
    assert result["schema_version"] == 1
    assert layer["path"] == "layer.zip"
    assert layer["sha256"] == sha256(Path("layer.zip"))
    assert layer["zipped_bytes"] == Path("layer.zip").stat().st_size
    with zipfile.ZipFile("layer.zip") as archive:
        assert layer["unzipped_bytes"] == sum(info.file_size for info in archive.infolist())
    assert layer["packages"] == [
        {"name": "demo", "version": "1.0", "artifact": wheel.name, "sha256": sha256(wheel)}
    ]
    assert set(layer) >= {
        "name",
        "target",
        "path",
        "sha256",
        "zipped_bytes",
        "unzipped_bytes",
        "packages",
        "findings",
    }


def test_the_same_input_gives_the_same_bytes(
    layerwright: type_of_run, add: type_of_add, tmp_path: Path
) -> None:
    """In any folder, under any umask, time zone, hash seed and locale, with a warm store or a cold one."""
    add("demo", files={f"demo/m{n}.py": b"x" * n for n in range(40)}, requires=["other"])
    add(
        "other",
        files={"other-1.0.data/scripts/tool": b"#!python\n", "größe.txt": b"1"},
        entry_points="[console_scripts]\nzeta = other:a\nalpha = other:b\n",
    )
    assert layerwright("lock", "demo", "--target", TARGET, "-o", tmp_path / "pylock.toml").returncode == 0
    results = set()
    cold = str(tmp_path / "cold")
    for number, changed in enumerate(
        [
            {},
            {},
            {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1"},
            {"LC_ALL": "C", "PYTHONHASHSEED": "2", "LAYERWRIGHT_CACHE": cold},
            {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "SOURCE_DATE_EPOCH": "0"},
        ]
    ):
        folder = tmp_path / f"folder {number}"
        folder.mkdir()
        words = [
            "build",
            "--lock",
            tmp_path / "pylock.toml",
            "--target",
            TARGET,
            "--scripts",
            "-o",
            "layer.zip",
        ]
        run = layerwright(*words, folder=folder, environment=changed, umask=0o077 if number % 2 else 0o002)
        assert run.returncode == 0, run.stderr
        results.add(sha256(folder / "layer.zip"))
    assert len(results) == 1


def test_what_stands_there_intact_is_left_alone(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": b"x = 1\n"})
    words = ("build", "demo", "--target", TARGET, "-o", "layer.zip")
    layerwright(*words)
    before = Path("layer.zip").stat()
    again = layerwright(*words)
    assert "layer.zip (unchanged)" in again.stdout
    assert "1 unchanged in" in again.stdout
    assert Path("layer.zip").stat().st_mtime_ns == before.st_mtime_ns
    good = sha256(Path("layer.zip"))
    damaged = bytearray(Path("layer.zip").read_bytes())
    damaged[50] ^= 1
    Path("layer.zip").write_bytes(damaged)
    assert "1 written in" in layerwright(*words).stdout
    assert sha256(Path("layer.zip")) == good


def test_a_store_that_was_damaged_heals(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": os.urandom(4000)})
    words = ("build", "demo", "--target", TARGET, "-o")
    layerwright(*words, "one.zip")
    files = [path for path in Path(os.environ["LAYERWRIGHT_CACHE"]).rglob("*") if path.is_file()]
    assert len(files) >= 4
    for number, path in enumerate(files):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        run = layerwright(*words, f"{number}.zip")
        assert run.returncode == 0, run.stderr
        assert sha256(Path(f"{number}.zip")) == sha256(Path("one.zip"))


def test_a_lock_and_a_warm_store_need_no_index(
    layerwright: type_of_run, add: type_of_add, index: Path
) -> None:
    add("demo", files={"demo.py": b""})
    layerwright("lock", "demo", "--target", TARGET, "-o", "pylock.layer.toml")
    words = ("build", "--lock", "pylock.layer.toml", "--target", TARGET, "--offline", "-o", "layer.zip")
    first = layerwright(*words)
    assert first.returncode == 0, first.stderr
    (index / "demo-1.0-py3-none-any.whl").unlink()
    assert layerwright(*words).returncode == 0
    Path("layer.zip").unlink()
    assert layerwright(*words).returncode == 0
    cold = layerwright(*words, "--name", "other", environment={"LAYERWRIGHT_CACHE": str(index / "cold")})
    assert cold.returncode == 2
    assert "demo-1.0-py3-none-any.whl can't be read" in cold.stderr


def test_configuration_declares_layers_and_targets(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": b""})
    Path("layerwright.toml").write_text(
        'targets = ["python3.11-x86_64", "python3.12-arm64"]\noutput = "dist/{name}-{target}.zip"\n'
        'lock = "locks/{name}-{target}.toml"\n'
        '[layers.one]\nrequirements = ["demo"]\n[layers.two]\nrequirements = ["demo"]\nlayout = "versioned"\n'
    )
    assert layerwright("lock").returncode == 0
    assert len(list(Path("locks").iterdir())) == 4
    run = layerwright("build", "--quiet")
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in Path("dist").iterdir()) == [
        "one-python3.11-x86_64.zip",
        "one-python3.12-arm64.zip",
        "two-python3.11-x86_64.zip",
        "two-python3.12-arm64.zip",
    ]
    assert len(run.stdout.splitlines()) == 4
    with zipfile.ZipFile("dist/two-python3.12-arm64.zip") as layer:
        assert "python/lib/python3.12/site-packages/demo.py" in layer.namelist()


def test_the_command_line_wins_over_the_environment_and_that_over_configuration(
    layerwright: type_of_run, add: type_of_add
) -> None:
    add("demo", files={"demo.py": b""})
    Path("layerwright.toml").write_text(
        'name = "l"\nrequirements = ["demo"]\ntargets = ["python3.9-arm64"]\n'
    )
    by_environment = {"LAYERWRIGHT_TARGET": "python3.10-arm64"}
    layerwright("build", environment=by_environment)
    layerwright("build", "--target", "python3.13-arm64", environment=by_environment)
    layerwright("build")
    assert sorted(path.name for path in Path().glob("*.zip")) == [
        "l-python3.10-arm64.zip",
        "l-python3.13-arm64.zip",
        "l-python3.9-arm64.zip",
    ]


def test_two_wheels_that_hold_one_path_are_refused_and_named(
    layerwright: type_of_run, add: type_of_add
) -> None:
    add("one", files={"shared.py": b"1"})
    add("two", files={"shared.py": b"2"})
    words = ("build", "one", "two", "--target", TARGET, "-o", "layer.zip")
    run = layerwright(*words)
    assert run.returncode == 1
    assert not Path("layer.zip").exists()
    assert "one-1.0-py3-none-any.whl and two-1.0-py3-none-any.whl both hold python/shared.py" in run.stdout
    allowed = layerwright(*words, "--allow-findings", "--format", "json")
    assert allowed.returncode == 0
    assert Path("layer.zip").exists()
    (finding,) = [f for f in json.loads(allowed.stdout)["layers"][0]["findings"] if f["severity"] == "error"]
    assert finding["path"] == "python/shared.py"


def test_a_record_that_differs_is_told(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": b"1"}, record={"demo.py": "sha256=AAAA,1"})
    run = layerwright("build", "demo", "--target", TARGET, "-o", "layer.zip", "--format", "json")
    assert run.returncode == 0, run.stderr
    findings = json.loads(run.stdout)["layers"][0]["findings"]
    assert any(f["path"].endswith("demo.py") and f["severity"] == "warning" for f in findings)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("build", "nosuch", "--target", TARGET), 3, "nosuch"),
        (("build", "demo", "--target", "python3.11-x64"), 2, "did you mean python3.11-x86_64?"),
        (("build", "-r", "empty.txt", "--target", TARGET), 2, "empty.txt"),
        (("build", "-r", "absent.txt", "--target", TARGET), 2, "absent.txt"),
        (("build", "demo"), 2, "for which target"),
        (("build",), 2, "nothing to build"),
        (("build", "demo", "--target", TARGET, "-o", "file/layer.zip"), 2, "file/layer.zip can't be written"),
        (("build", "--lock", "absent.toml", "--target", TARGET), 2, "absent.toml can't be read"),
        (("build", "--lock", "other.toml", "--target", TARGET), 2, "python3.12-arm64"),
        (
            ("build", "demo", "-t", TARGET, "-t", "python3.12-arm64", "-o", "one.zip"),
            2,
            "one.zip would be written for",
        ),
        (("build", "cut", "--target", TARGET), 5, "cut-1.0-py3-none-any.whl"),
        (("build", "escape", "--target", TARGET), 5, "would leave the folder"),
        (("build", "--layout", "odd"), 2, "invalid choice: 'odd'"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_what_can_not_be_done_is_said_plainly(
    layerwright: type_of_run, add: type_of_add, index: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    add("demo", files={"demo.py": b""})
    add("escape", files={"../outside.py": b""})
    cut = add("cut", files={"cut.py": os.urandom(5000)})
    cut.write_bytes(cut.read_bytes()[:3000])
    Path("empty.txt").write_text("# nothing\n")
    Path("file").write_text("")
    layerwright("lock", "demo", "--target", "python3.12-arm64", "-o", "other.toml")
    before = sorted(path.name for path in Path().iterdir())
    run = layerwright(*words)
    assert run.returncode == code, run.stderr
    assert said in run.stderr
    assert "error: " in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""
    assert sorted(path.name for path in Path().iterdir()) == before


def test_nothing_to_build_names_the_file_that_is_there(layerwright: type_of_run) -> None:
    Path("requirements.txt").write_text("demo\n")
    assert "as `-r requirements.txt`" in layerwright("build", "--target", TARGET).stderr


def test_every_command_has_help_with_an_example(layerwright: type_of_run) -> None:
    top = layerwright("--help")
    assert top.returncode == 0
    commands = re.findall(r"^  ([a-z]+)  ", top.stdout, re.MULTILINE)
    assert {"build", "lock", "targets"} <= set(commands)
    for command in commands:
        run = layerwright(command, "--help")
        assert (run.returncode, run.stderr) == (0, "")
        assert f"  layerwright {command}" in run.stdout.partition("examples:")[2]


def test_interrupting_leaves_nothing(project: Path, add: type_of_add, index: Path) -> None:
    """Ctrl-C while the zip is written: the message, the shell's exit code, and no file."""
    add("demo", files={"demo.py": b"1"})
    program = """
import signal, sys, os
from layerwright.layer import plan
write = plan._write_all
def interrupted(*words):
    write(*words)
    os.kill(os.getpid(), signal.SIGINT)
plan._write_all = interrupted
from layerwright.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
    words = [sys.executable, "-c", program, "build", "demo", "--target", TARGET, "-o", "layer.zip"]
    words += ["--no-index", "--find-links", str(index)]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 130
    assert "interrupted" in run.stderr
    assert list(Path().iterdir()) == []
