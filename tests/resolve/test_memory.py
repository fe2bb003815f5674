"""Asking the same again costs one run of uv, and gives what asking for the first time gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerwright.progress import Silent
from layerwright.resolve import candidates
from layerwright.resolve import question as question_module
from layerwright.resolve.resolve import Resolution, resolve
from layerwright.resolve.uv import run_uv
from layerwright.targets import parse_target
from resolve.conftest import AL2, Shelf, files, versions

X86 = parse_target("python3.11-x86_64")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every run of uv, by its platform or what else it was for."""
    seen: list[str] = []

    def counted(arguments, **rest):  # type: ignore[no-untyped-def]
        at = arguments.index("--python-platform") + 1 if "--python-platform" in arguments else None
        seen.append(arguments[at] if at else "listing")
        return run_uv(arguments, **rest)

    monkeypatch.setattr(question_module, "run_uv", counted)
    monkeypatch.setattr(candidates, "run_uv", counted)
    return seen


def _ask(shelf: Shelf, *requirements: str) -> Resolution:
    return resolve(
        shelf.request(*requirements), X86, glibc=AL2, progress=Silent(), memory=shelf.folder / "memory"
    )


def _twice(shelf: Shelf, runs: list[str], *requirements: str) -> list[str]:
    """The runs of the second time, which gives what the first did."""
    first = _ask(shelf, *requirements)
    assert len(runs) > 1
    runs.clear()
    second = _ask(shelf, *requirements)
    assert second.lock == first.lock
    assert second.notes == first.notes
    return runs


def test_releases_passed_over_are_remembered(shelf: Shelf, runs: list[str]) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "3.0", "manylinux_2_28_x86_64", requires_python=">=3.12")
    assert _twice(shelf, runs, "demo") == ["x86_64-manylinux_2_17"]


def test_the_way_above_is_remembered(shelf: Shelf, runs: list[str]) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_24_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    shelf.wheel("demo", "3.0", "manylinux_2_28_x86_64")
    shelf.wheel("late", "1.0", "manylinux_2_28_x86_64")
    shelf.wheel("late", "0.1")
    assert _twice(shelf, runs, "demo", "late") == ["x86_64-manylinux_2_28"]


def test_many_releases_that_do_not_fit_cost_few_runs(shelf: Shelf, runs: list[str]) -> None:
    """One release between them has a wheel that fits; uv names each of the others first."""
    shelf.wheel("demo", "1.0.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "1.1.3", "manylinux_2_24_x86_64")
    for version in ("1.1.4", "1.1.5", "1.2.0", "1.2.1", "1.2.2", "1.3.0", "1.3.1"):
        shelf.wheel("demo", version, "manylinux_2_28_x86_64")
    first = _ask(shelf, "demo")
    assert versions(first) == {"demo": "1.1.3"}
    assert [getattr(note, "newest", None) for note in first.notes] == ["1.3.1"]
    assert len(runs) <= 4
    runs.clear()
    assert _ask(shelf, "demo") == first
    assert runs == ["x86_64-manylinux_2_28"]


def test_sources_are_remembered(shelf: Shelf, runs: list[str]) -> None:
    shelf.sdist("demo", "1.0", static=True)
    shelf.wheel("demo", "1.0", "manylinux_2_35_x86_64")
    shelf.wheel("helper")
    assert _twice(shelf, runs, "demo", "helper") == ["x86_64-manylinux_2_17"]


def test_nothing_is_kept_where_one_run_was_enough(shelf: Shelf, runs: list[str]) -> None:
    shelf.wheel("demo")
    _ask(shelf, "demo")
    assert len(runs) == 1
    assert not (shelf.folder / "memory").exists()


@pytest.mark.parametrize("tag", ["manylinux_2_17_x86_64", "manylinux_2_24_x86_64", "manylinux_2_28_x86_64"])
def test_a_new_release_is_seen(shelf: Shelf, runs: list[str], tag: str) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    _ask(shelf, "demo")
    shelf.wheel("demo", "3.0", tag)
    resolution = _ask(shelf, "demo")
    fits = tag != "manylinux_2_28_x86_64"
    assert versions(resolution) == {"demo": "3.0" if fits else "1.0"}
    assert [getattr(note, "newest", None) for note in resolution.notes] == ([] if fits else ["3.0"])


def test_a_wheel_added_to_an_old_release_in_a_folder_is_seen(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0", "manylinux_2_17_x86_64")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    _ask(shelf, "demo")
    shelf.wheel("demo", "2.0", "manylinux_2_24_x86_64")
    assert files(_ask(shelf, "demo")) == ["demo-2.0-cp311-cp311-manylinux_2_24_x86_64.whl"]


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"schema": 1, "at": 0}', '{"schema": 0}'])
def test_what_is_stale_or_broken_is_no_matter(shelf: Shelf, runs: list[str], content: str) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    first = _ask(shelf, "demo")
    (kept,) = (shelf.folder / "memory").iterdir()
    kept.write_text(content)
    assert _ask(shelf, "demo").lock == first.lock
    assert json.loads(kept.read_text())["schema"] == 1


def test_a_folder_that_cant_be_written_is_no_matter(shelf: Shelf) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    (shelf.folder / "memory").write_text("a file")
    assert versions(_ask(shelf, "demo")) == {"demo": "1.0"}


def test_what_is_kept_holds_no_secret(shelf: Shelf, tmp_path: Path) -> None:
    shelf.wheel("demo", "1.0")
    shelf.wheel("demo", "2.0", "manylinux_2_28_x86_64")
    shelf.environment = {**shelf.environment, "UV_INDEX_OURS_PASSWORD": "secret-word"}
    _ask(shelf, "demo")
    (kept,) = (shelf.folder / "memory").iterdir()
    assert "secret-word" not in kept.read_text()
