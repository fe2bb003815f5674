"""An engine's image is there before anything is started in it, and what is wrong with it is no error of the function's."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerwright.errors import OfflineError, RunError
from layerwright.run.execution import Ground
from layerwright.run.function import Function
from layerwright.run.invoke import invoke
from layerwright.run.sandboxes.engine import engine_sandbox
from layerwright.targets.load import load_runtime
from layerwright.targets.target import parse_target

RUNTIME = load_runtime(parse_target("python3.11-arm64"))
ENGINE = """#!/bin/sh
echo "$@" >>"$0.log"
case $1 in
    info) ;;
    image) test -e "$0.image" ;;
    run) echo "the service says no" >&2; exit 125 ;;
    pull) test -e "$0.registry" || { echo first >&2; echo "no such host" >&2; exit 125; } ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that answers as docker and podman do, and writes down what it was asked."""
    program = tmp_path / "docker"
    program.write_text(ENGINE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program


def asked(engine: Path) -> list[str]:
    return Path(f"{engine}.log").read_text().splitlines()


def test_an_image_that_is_not_there_is_fetched_first(engine: Path) -> None:
    Path(f"{engine}.registry").touch()
    assert engine_sandbox("docker", RUNTIME, None).is_lambda
    image = "public.ecr.aws/lambda/python:3.11-arm64"
    assert asked(engine) == ["info", f"image inspect {image}", f"pull --quiet --platform linux/arm64 {image}"]


def test_an_image_that_is_there_is_taken(engine: Path) -> None:
    Path(f"{engine}.image").touch()
    engine_sandbox("docker", RUNTIME, "mine", offline=True)
    assert asked(engine) == ["info", "image inspect mine"]


def test_an_image_that_cannot_be_had_is_said_with_the_engines_last_words(engine: Path) -> None:
    with pytest.raises(RunError, match="docker can't get the image mine: no such host") as caught:
        engine_sandbox("docker", RUNTIME, "mine")
    assert "--root" in (caught.value.hint or "")
    with pytest.raises(OfflineError, match="docker has no image mine"):
        engine_sandbox("docker", RUNTIME, "mine", offline=True)
    assert asked(engine)[-1] == "image inspect mine"


def test_a_container_that_does_not_start_is_no_error_of_the_functions(engine: Path, tmp_path: Path) -> None:
    Path(f"{engine}.image").touch()
    function = Function(handler="app.handler", code=tmp_path, target=RUNTIME.target)
    ground = Ground(
        function=function,
        runtime=RUNTIME,
        sandbox=engine_sandbox("docker", RUNTIME, "mine"),
        stack=tmp_path,
        code=tmp_path,
        packages=tmp_path,
        on_line=lambda line, _: None,
    )
    with pytest.raises(RunError, match="image mine in docker did not start: the service says no"):
        invoke(ground, b"{}")
