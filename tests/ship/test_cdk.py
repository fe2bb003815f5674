"""The construct, by a real synth in Python; the lines for TypeScript, by a real synth with the npm package."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from factories.emitted import emitted_layer, odd_layer
from factories.tools import QUIET_CDK, ROOT, missing, run_tool, tool
from factories.wheels import write_wheel
from factories.zips import zip_bytes
from layerwright.ship.emit.kinds import emit
from layerwright.ship.judge import Compatibility

pytestmark = pytest.mark.tools

FIT = Compatibility(runtimes=("python3.11", "python3.15"), architectures=("arm64", "x86_64"))
THREE_LINES = """
from aws_cdk import App, Stack
from layerwright.cdk import PythonLayer

app = App(outdir="cdk.out")
stack = Stack(app, "Stack")
PythonLayer(stack, "Deps", requirements={requirements!r}, target="python3.12-arm64")
app.synth()
"""


def cdk_python() -> str:
    """A Python that has layerwright and aws-cdk-lib."""
    tool("node")
    python = ROOT / ".tools/cdk/bin/python"
    if not python.is_file():
        missing("no environment with aws-cdk-lib; `make tools` makes one")
    return str(python)


def synth(folder: Path, source: str, **environment: str) -> dict[str, Any]:
    (folder / "app.py").write_text(source)
    run_tool([cdk_python(), "app.py"], folder=folder, environment={**QUIET_CDK, **environment})
    return json.loads((folder / "cdk.out/Stack.template.json").read_text())


def the_layer(template: dict[str, Any], *, of: int = 1) -> dict[str, Any]:
    """The first of the template's layers."""
    layers = [
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Lambda::LayerVersion"
    ]
    assert len(layers) == of
    return layers[0]


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder of wheels, which uv is told to look in, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        write_wheel(folder, "thing", version, files={"thing/__init__.py": f"VERSION = {version}\n".encode()})
    return folder


def test_three_lines_in_a_stack_build_a_layer(tmp_path: Path, wheels: Path) -> None:
    environment = {"UV_FIND_LINKS": str(wheels), "UV_NO_INDEX": "1"}
    layer = the_layer(synth(tmp_path, THREE_LINES.format(requirements=["thing==1.0"]), **environment))
    assert layer["CompatibleRuntimes"] == ["python3.12"]
    assert layer["CompatibleArchitectures"] == ["arm64"]
    key = layer["Content"]["S3Key"]
    with zipfile.ZipFile(tmp_path / "cdk.out" / f"asset.{key}") as archive:
        assert "python/thing/__init__.py" in archive.namelist()

    again = the_layer(synth(tmp_path, THREE_LINES.format(requirements=["thing==1.0"]), **environment))
    assert again["Content"]["S3Key"] == key
    changed = the_layer(synth(tmp_path, THREE_LINES.format(requirements=["thing==2.0"]), **environment))
    assert changed["Content"]["S3Key"] != key


def test_a_layer_that_is_not_fit_stops_the_synth(tmp_path: Path, wheels: Path) -> None:
    files = {"broken/__init__.py": b"import broken._native\n", "broken/_native.abi3.so": b"no ELF"}
    write_wheel(wheels, "broken", "1.0", files=files)
    (tmp_path / "app.py").write_text(THREE_LINES.format(requirements=["broken==1.0"]))
    environment = {**QUIET_CDK, "UV_FIND_LINKS": str(wheels), "UV_NO_INDEX": "1"}
    said = run_tool([cdk_python(), "app.py"], folder=tmp_path, environment=environment, code=1)
    assert "is not fit to be deployed" in said
    assert "broken/_native.abi3.so" in said


@pytest.mark.network
def test_the_fourth_case_is_a_stack(tmp_path: Path) -> None:
    example = tmp_path / "psycopg2-arm64"
    shutil.copytree(
        ROOT / "examples/psycopg2-arm64", example, ignore=shutil.ignore_patterns("dist", "cdk.out")
    )
    environment = {**QUIET_CDK, "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    run_tool([cdk_python(), "cdk/app.py"], folder=example, environment=environment)
    template = json.loads((tmp_path / "cdk.out/Database.template.json").read_text())
    layer = the_layer(template)
    assert layer["LayerName"] == "psycopg2-py311"
    assert layer["CompatibleRuntimes"] == ["python3.11"]
    assert layer["CompatibleArchitectures"] == ["arm64"]
    with zipfile.ZipFile(tmp_path / "cdk.out" / f"asset.{layer['Content']['S3Key']}") as archive:
        names = archive.namelist()
    assert any(name.startswith("python/psycopg2/_psycopg.cpython-311-aarch64") for name in names)
    (function,) = (
        one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"
    )
    assert (function["Runtime"], function["Architectures"]) == ("python3.11", ["arm64"])
    (reference,) = function["Layers"]
    assert template["Resources"][reference["Ref"]]["Type"] == "AWS::Lambda::LayerVersion"


# --- what emit prints ------------------------------------------------------------------------------------------------


@pytest.fixture
def emitted(tmp_path: Path) -> Path:
    """A folder with a built zip."""
    (tmp_path / "deps.zip").write_bytes(zip_bytes({"python/deps.py": "VALUE = 1"}))
    return tmp_path


def test_what_emit_prints_for_python_synthesises(emitted: Path) -> None:
    layers = [emitted_layer(compatible=FIT), odd_layer(emitted, zip_bytes({"python/odd.py": ""}))]
    (emitted / "layers.py").write_text(emit("cdk", layers))
    source = (
        "from aws_cdk import App, Stack\nfrom layers import Layers\n"
        'app = App(outdir="cdk.out")\nLayers(Stack(app, "Stack"), "Layers")\napp.synth()\n'
    )
    layer = the_layer(synth(emitted, source), of=2)
    assert layer["CompatibleRuntimes"] == ["python3.11", "python3.15"]
    assert layer["CompatibleArchitectures"] == ["arm64", "x86_64"]
    assert layer["LayerName"] == "deps"


def test_what_emit_prints_for_typescript_synthesises(emitted: Path) -> None:
    compiler = tool("tsc")
    layers = [emitted_layer(compatible=FIT), odd_layer(emitted, zip_bytes({"python/odd.py": ""}))]
    (emitted / "layers.ts").write_text(emit("cdk-typescript", layers))
    (emitted / "app.ts").write_text(
        "import { App, Stack } from 'aws-cdk-lib';\nimport { Layers } from './layers';\n"
        "const app = new App({ outdir: 'cdk.out' });\nnew Layers(new Stack(app, 'Stack'), 'Layers');\napp.synth();\n"
    )
    (emitted / "node_modules").symlink_to(Path(compiler).parents[1])
    options = {
        "target": "ES2022",
        "module": "node16",
        "strict": True,
        "skipLibCheck": True,
        "types": ["node"],
    }
    (emitted / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": options, "files": ["app.ts", "layers.ts"]})
    )
    run_tool([compiler, "--project", "."], folder=emitted)
    run_tool([tool("node"), "app.js"], folder=emitted, environment=QUIET_CDK)
    layer = the_layer(json.loads((emitted / "cdk.out/Stack.template.json").read_text()), of=2)
    assert layer["CompatibleRuntimes"] == ["python3.11", "python3.15"]
