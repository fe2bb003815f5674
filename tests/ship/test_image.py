"""The Dockerfile builds, with podman, on a base of Debian's packages that stands in for AWS's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories.emitted import emit_text, odd_layer
from factories.tools import run_tool, tool
from factories.zips import zip_bytes
from layerwright.ship.emit.kinds import emit

pytestmark = [pytest.mark.engine, pytest.mark.network]

# Not every machine lets an engine start containers; a build in a chroot works wherever there is root.
BUILD = ("build", "--isolation=chroot", "--pull=never", "--no-cache")
TRY = "import sys; sys.path.insert(0, '/opt/python'); import deps; print('deps', deps.VALUE)"


def run_inside(image: str, command: str, folder: Path) -> str:
    """What a command prints in an image."""
    (folder / "Dockerfile.try").write_text(f"FROM {image}\nRUN {command}\n")
    return run_tool([tool("podman"), *BUILD, "-f", "Dockerfile.try", "."], folder=folder)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with Python and without a compiler; LAYERWRIGHT_STAND_IN_IMAGE names one that is there already."""
    named = os.environ.get("LAYERWRIGHT_STAND_IN_IMAGE")
    if named:
        yield named
        return
    folder = tmp_path_factory.mktemp("base")
    words = [tool("debootstrap"), "--variant=minbase", "--include=python3", "bookworm", "root"]
    run_tool(words, folder=folder)
    name = f"localhost/layerwright-stand-in:{os.getpid()}"
    with subprocess.Popen(["tar", "-C", "root", "-c", "."], cwd=folder, stdout=subprocess.PIPE) as tar:
        subprocess.run(
            [tool("podman"), "import", "-", name], stdin=tar.stdout, check=True, capture_output=True
        )
    yield name
    subprocess.run([tool("podman"), "rmi", "--force", name], check=False, capture_output=True)


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_a_layers_content_is_in_the_image_and_imports(base: str, tmp_path: Path, kind: str) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return {}\n")
    if kind == "zip":
        files = {"python/deps.py": "VALUE = 42\n", "bin/tool": "#!/bin/sh\necho from the tool\n"}
        text = emit("dockerfile", [odd_layer(tmp_path, zip_bytes(files), folders=("bin", "python"))])
    else:
        (tmp_path / "opt/python").mkdir(parents=True)
        (tmp_path / "opt/python/deps.py").write_text("VALUE = 42\n")
        text = emit_text("dockerfile", path="opt", sha256=None)
    (tmp_path / "Dockerfile").write_text(text)
    image = f"localhost/layerwright-test-{kind}:{os.getpid()}"
    words = ["--build-arg", f"BASE={base}", "--env", "LAMBDA_TASK_ROOT=/var/task", "-t", image, "."]
    run_tool([tool("podman"), *BUILD, *words], folder=tmp_path)
    try:
        assert "deps 42" in run_inside(image, f'python3 -c "{TRY}"', tmp_path)
        run_inside(image, "! command -v cc", tmp_path)
        if kind == "zip":
            assert "from the tool" in run_inside(image, "/opt/bin/tool", tmp_path)
            run_inside(image, "test ! -e /layers", tmp_path)
    finally:
        subprocess.run([tool("podman"), "rmi", "--force", image], check=False, capture_output=True)
