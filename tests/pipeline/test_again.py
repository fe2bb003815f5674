"""A command that was done before is done again without being understood again, and only where nothing changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from layerwright.cli.main import main
from layerwright.layer import standing

from .conftest import type_of_add, type_of_run

TARGET = "python3.11-x86_64"
BUILD = ("build", "--lock", "pylock.toml", "--target", TARGET, "-o", "layer.zip")
CHECK = ("check", "layer.zip", "--target", TARGET)
type_of_again = Callable[..., bool]


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> type_of_again:
    """Run a command in this process; tells whether it was done without taking its words apart."""
    monkeypatch.setattr(standing, "_SETTLED_NS", 0)

    def run(*words: str, code: int = 0) -> bool:
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "layerwright.cli.parser", None)
            quick = main(words)
        if quick == 70:  # what a module that can't be imported comes to
            capsys.readouterr()
            assert main(words) == code
            return False
        assert quick == code
        return True

    return run


@pytest.fixture
def locked(layerwright: type_of_run, add: type_of_add) -> Path:
    """A lock for one package, in the current folder."""
    add("demo", files={"demo.py": b"x = 1\n"})
    assert layerwright("lock", "demo", "--target", TARGET, "-o", "pylock.toml").returncode == 0
    return Path("pylock.toml")


@pytest.mark.usefixtures("locked")
def test_what_was_built_is_written_again_and_left_alone(
    again: type_of_again, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not again(*BUILD)
    first = capsys.readouterr().out
    built = Path("layer.zip").read_bytes()
    Path("layer.zip").unlink()
    assert again(*BUILD)
    written = capsys.readouterr().out
    assert [line.partition(" in ")[0] for line in written.splitlines()] == [
        line.partition(" in ")[0] for line in first.splitlines()
    ]
    assert Path("layer.zip").read_bytes() == built
    number = Path("layer.zip").stat().st_ino
    assert again(*BUILD)
    assert "layer.zip (unchanged)" in capsys.readouterr().out
    assert Path("layer.zip").stat().st_ino == number


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("words", [("--format", "json"), ("--quiet",), ("--allow-findings",)])
def test_it_prints_what_was_printed(
    words: tuple[str, ...], again: type_of_again, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not again(*BUILD, *words)
    first = capsys.readouterr().out
    Path("layer.zip").unlink()
    assert again(*BUILD, *words)
    assert capsys.readouterr().out.partition(" in ")[0] == first.partition(" in ")[0]


def _other_lock() -> None:
    lock = Path("pylock.toml")
    lock.write_bytes(lock.read_bytes() + b"# changed\n")


def _configuration() -> None:
    Path("layerwright.toml").write_text('[check]\nselect = ["junk-files"]\n')


def _folder_in_its_place() -> None:
    Path("layer.zip").unlink()
    Path("layer.zip").mkdir()


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("change", [_other_lock, _configuration, _folder_in_its_place])
def test_a_file_that_changed_is_read(change: Callable[[], None], again: type_of_again) -> None:
    assert not again(*BUILD)
    assert again(*BUILD)
    change()
    assert not again(*BUILD)


@pytest.mark.usefixtures("locked")
def test_other_circumstances_are_other_commands(
    again: type_of_again, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not again(*BUILD)
    assert not again(*BUILD, "--layout", "versioned")
    monkeypatch.setenv("LAYERWRIGHT_TARGET", "python3.12-arm64")
    assert not again(*BUILD)
    monkeypatch.delenv("LAYERWRIGHT_TARGET")
    assert again(*BUILD)
    monkeypatch.chdir(tmp_path)
    assert not again(*BUILD, code=2)


@pytest.mark.usefixtures("locked")
def test_a_zip_that_was_changed_is_written_again(again: type_of_again) -> None:
    """Even where its size and its modification time are as they were."""
    zip_path = Path("layer.zip")
    assert not again(*BUILD)
    built = zip_path.read_bytes()
    assert again(*BUILD)
    status = zip_path.stat()
    zip_path.write_bytes(bytes([built[0] ^ 1]) + built[1:])
    os.utime(zip_path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert again(*BUILD)
    assert zip_path.read_bytes() == built


@pytest.mark.usefixtures("locked")
def test_a_store_that_lacks_something_is_mended_the_usual_way(again: type_of_again) -> None:
    assert not again(*BUILD)
    Path("layer.zip").unlink()
    for file in Path(os.environ["LAYERWRIGHT_CACHE"], "files").rglob("*"):
        if file.is_file():
            file.unlink()
    assert not again(*BUILD)
    assert Path("layer.zip").is_file()


def test_what_is_to_be_resolved_is_resolved(again: type_of_again, add: type_of_add, index: Path) -> None:
    add("demo", files={"demo.py": b"x = 1\n"})
    words = ("build", "demo", "--target", TARGET, "-o", "layer.zip", "--no-index", "--find-links", str(index))
    assert not again(*words)
    assert not again(*words)


@pytest.mark.usefixtures("locked")
def test_a_verdict_is_told_again(again: type_of_again, capsys: pytest.CaptureFixture[str]) -> None:
    assert not again(*BUILD)
    capsys.readouterr()
    assert not again(*CHECK)
    first = capsys.readouterr().out
    assert again(*CHECK)
    assert capsys.readouterr().out == first
    Path("layer.zip").write_bytes(Path("layer.zip").read_bytes())
    assert not again(*CHECK)


def test_an_error_verdict_is_told_again_with_its_code(
    again: type_of_again, layerwright: type_of_run, add: type_of_add
) -> None:
    add("demo", files={"demo.py": b""}, requires=["missing>=1"])
    words = ("demo", "--target", TARGET, "--no-deps", "--allow-findings", "-o", "layer.zip")
    assert layerwright("build", *words).returncode == 0
    assert not again(*CHECK, code=1)
    assert again(*CHECK, code=1)


def test_a_file_that_changed_just_now_is_not_known_by_its_times(tmp_path: Path) -> None:
    """Another change might fall into the same tick of the clock."""
    file = tmp_path / "file"
    file.write_bytes(b"1")
    assert not standing.is_settled(file.stat())
