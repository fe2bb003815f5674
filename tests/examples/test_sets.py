"""The five sets of examples/ are built from real packages, and import with a matching CPython where there is one."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from layerwright.binaries.facts import Elf
from layerwright.binaries.read import read_binary
from layerwright.run.pythons import find_pythons

_EXAMPLES = Path(__file__).parents[2] / "examples"
_SETS = {
    "document-processor": ("python3.11-x86_64", ("psycopg2", "pymupdf", "PIL._imaging", "dateutil.parser")),
    "extract-text": ("python3.11-x86_64", ("tiktoken._tiktoken", "pdfplumber", "boto3")),
    "ocr-pipeline": ("python3.9-x86_64", ("PIL._imaging", "requests", "urllib3")),
    "psycopg2-arm64": ("python3.11-arm64", ("psycopg2",)),
    "task-pipeline": ("python3.11-x86_64", ("psycopg2",)),
}
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Build an example once, as its own configuration declares it."""
    built: dict[str, dict[str, object]] = {}

    def build(name: str) -> dict[str, object]:
        if name not in built:
            output = tmp_path_factory.mktemp(name) / "layer.zip"
            words = [sys.executable, "-m", "layerwright", "build", "-o", str(output), "--format", "json"]
            run = subprocess.run(
                words,
                cwd=_EXAMPLES / name,
                capture_output=True,
                text=True,
                check=False,
                env=os.environ.copy(),
            )
            assert run.returncode == 0, run.stderr
            (built[name],) = json.loads(run.stdout)["layers"]
        return built[name]

    return build


@pytest.mark.parametrize("name", _SETS)
def test_a_set_is_built_for_its_target(name: str, build) -> None:  # type: ignore[no-untyped-def]
    layer = build(name)
    target = _SETS[name][0]
    assert layer["target"] == target
    assert not [finding for finding in layer["findings"] if finding["severity"] == "error"]
    requirements = (_EXAMPLES / name / "requirements.txt").read_text().split()
    wanted = {line.partition("=")[0].partition(">")[0].lower() for line in requirements}
    assert wanted <= {package["name"].lower() for package in layer["packages"]}
    with zipfile.ZipFile(layer["path"]) as archive:
        assert archive.testzip() is None
        binaries = [read_binary(archive.read(member)) for member in archive.namelist() if ".so" in member]
    machines = {facts.machine for facts in binaries if isinstance(facts, Elf)}
    assert machines == {_MACHINES[target.partition("-")[2]]}
    assert len(binaries) == sum(isinstance(facts, Elf) for facts in binaries)


@pytest.mark.parametrize("name", _SETS)
def test_a_set_imports(name: str, build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    target, modules = _SETS[name]
    version, architecture = target.removeprefix("python").split("-")
    if platform.system() != "Linux" or platform.machine() != _MACHINES[architecture]:
        pytest.skip(f"this machine can't run {target} itself")
    major, minor = version.split(".")
    python = next(iter(find_pythons((int(major), int(minor)))), None)
    if python is None:
        pytest.skip(f"there is no CPython {version} here")
    with zipfile.ZipFile(build(name)["path"]) as archive:
        archive.extractall(tmp_path)
    program = "import sys; sys.path.insert(0, sys.argv[1])\nfor name in sys.argv[2:]: __import__(name)"
    words = [str(python.executable), "-I", "-S", "-c", program, str(tmp_path / "python"), *modules]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
