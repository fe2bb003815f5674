"""SAM's makefile method calls us; tried with the real sam."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from factories.emitted import emitted_layer, odd_layer
from factories.tools import ROOT, run_tool, tool
from factories.wheels import write_wheel
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.ship.emit.kinds import emit

SAM = {
    "SAM_CLI_TELEMETRY": "0",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
}


def with_layerwright(**more: str) -> dict[str, str]:
    """An environment in which `layerwright` is this one's."""
    return {**SAM, **more, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, "thing", "1.0", files={"thing/__init__.py": b"VERSION = 1\n"})
    return folder


@pytest.fixture
def example(tmp_path: Path, wheels: Path) -> Path:
    """The fifth case, with a requirement that needs no index."""
    folder = tmp_path / "task-pipeline"
    shutil.copytree(
        ROOT / "examples/task-pipeline", folder, ignore=shutil.ignore_patterns("dist", ".aws-sam")
    )
    (folder / "requirements.txt").write_text("thing==1.0\n")
    (folder / "function").mkdir(exist_ok=True)
    (folder / "function/worker.py").write_text(
        "import thing\n\ndef handler(event, context):\n    return {}\n"
    )
    return folder


@pytest.mark.tools
def test_sam_builds_the_layer_through_the_makefile(example: Path, wheels: Path) -> None:
    environment = with_layerwright(UV_FIND_LINKS=str(wheels), UV_NO_INDEX="1")
    said = run_tool([tool("sam"), "build"], folder=example, environment=environment)
    assert "Build Succeeded" in said
    built = example / ".aws-sam/build"
    assert (built / "Layer/python/thing/__init__.py").read_bytes() == b"VERSION = 1\n"
    assert (built / "Worker/worker.py").is_file()
    assert not (built / "Worker/thing").exists()


@pytest.mark.tools
def test_sam_accepts_the_templates(example: Path, tmp_path: Path) -> None:
    assert "is a valid SAM Template" in run_tool(
        [tool("sam"), "validate", "--lint"], folder=example, environment=SAM
    )
    emitted = tmp_path / "emitted"
    emitted.mkdir()
    layers = [emitted_layer(), odd_layer(emitted, zip_bytes({"python/odd.py": ""}))]
    (emitted / "template.yaml").write_text(emit("sam", layers))
    (emitted / "deps.zip").write_bytes(zip_bytes({"python/deps.py": ""}))
    run_tool([tool("sam"), "validate", "--lint"], folder=emitted, environment=SAM)
    run_tool([tool("sam"), "build"], folder=emitted, environment=with_layerwright())


# --- build --unpacked ------------------------------------------------------------------------------------------------


def unpack(project: Path, wheels: Path, *words: str) -> int:
    return main(
        ["build", "thing", "--find-links", str(wheels), "--no-index", "--target", "python3.11-x86_64", *words]
    )


def test_the_content_is_laid_out_and_no_zip_stays(project: Path, wheels: Path) -> None:
    assert unpack(project, wheels, "--unpacked", "opt") == 0
    assert (project / "opt/python/thing/__init__.py").read_bytes() == b"VERSION = 1\n"
    assert sorted(path.name for path in project.iterdir()) == ["opt"]
    # Again over itself: what the earlier layer had and this one has not is gone.
    (project / "opt/python/stale.py").touch()
    assert unpack(project, wheels, "--unpacked", "opt") == 0
    assert not (project / "opt/python/stale.py").exists()
    assert sorted(path.name for path in project.iterdir()) == ["opt"]


def test_the_zip_stays_where_it_is_named(project: Path, wheels: Path) -> None:
    assert unpack(project, wheels, "--unpacked", "opt", "-o", "deps.zip") == 0
    assert (project / "deps.zip").is_file()
    assert (project / "opt/python/thing").is_dir()


def test_another_folder_is_not_overwritten(
    project: Path, wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "photos").mkdir()
    (project / "photos/holiday.jpg").touch()
    assert unpack(project, wheels, "--unpacked", "photos") == 2
    assert "holds holiday.jpg, and no layer" in capsys.readouterr().err
    assert (project / "photos/holiday.jpg").exists()


def test_two_layers_do_not_share_a_folder(
    project: Path, wheels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--target", "python3.12-x86_64", "--unpacked")
    assert unpack(project, wheels, *words, "opt") == 2
    assert "would get the content of 2 layers" in capsys.readouterr().err
    assert unpack(project, wheels, *words, "opt-{target}") == 0
    assert (project / "opt-python3.12-x86_64/python/thing").is_dir()
