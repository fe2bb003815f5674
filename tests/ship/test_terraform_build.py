"""The modules that build a layer while terraform runs, by the real terraform and AWS provider, against moto's server."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from factories.cloud import Cloud
from factories.terraform import Terraform, external_provider, module_project
from factories.tools import ROOT
from factories.wheels import write_wheel

PROVIDER = """
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
"""
LAYER = "module.layer.aws_lambda_layer_version.this"
ZIP = "module.build.terraform_data.zip"


@pytest.fixture
def wheels(tmp_path: Path) -> dict[str, str]:
    """An environment with this layerwright, in which uv finds two versions of a package and nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        write_wheel(folder, "thing", version, files={"thing/__init__.py": f"VERSION = {version}\n".encode()})
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"UV_FIND_LINKS": str(folder), "UV_NO_INDEX": "1", "PATH": path}


def from_the_page() -> str:
    """The two modules, as docs/shipping/terraform.md has them."""
    page = (ROOT / "docs/shipping/terraform.md").read_text(encoding="utf-8")
    (build,) = re.findall(r'\n    module "build" \{\n.*?\n    \}\n', page, flags=re.DOTALL)
    (layer,) = re.findall(
        r'\n    module "layer" \{\n(?:(?!\n    \}).)*module\.build.*?\n    \}\n', page, flags=re.DOTALL
    )
    return textwrap.dedent(build + layer)


def project(folder: Path, build: str = "build", more: str = "") -> Path:
    main = from_the_page().replace("../terraform/build", f"../terraform/{build}")
    main = main.replace('layer_name               = "deps"', f'layer_name = "deps"\n{more}')
    root = module_project(folder, PROVIDER + main)
    (root / "layerwright.toml").write_text('name = "deps"\nfiles = ["requirements.txt"]\n')
    (root / "requirements.txt").write_text("thing==1.0\n")
    return root


def content(cloud: Cloud, version: int) -> bytes:
    """The package in a version of the layer."""
    import requests

    answer = cloud.client("lambda").get_layer_version(LayerName="deps", VersionNumber=version)
    with zipfile.ZipFile(
        io.BytesIO(requests.get(answer["Content"]["Location"], timeout=30).content)
    ) as zipped:
        return zipped.read("python/thing/__init__.py")


@pytest.mark.tools
def test_a_layer_is_built_while_terraform_applies(
    tmp_path: Path, cloud: Cloud, wheels: dict[str, str]
) -> None:
    root = project(tmp_path)
    terraform = Terraform(root, environment=wheels)
    assert "Success! The configuration is valid." in terraform("validate")
    assert terraform.changes() == {LAYER: ["create"], ZIP: ["create"]}
    assert not (root / "dist").exists(), "a plan builds nothing"
    terraform("apply", "-input=false", "plan.out")
    assert content(cloud, 1) == b"VERSION = 1.0\n"
    version = cloud.client("lambda").get_layer_version(LayerName="deps", VersionNumber=1)
    assert version["CompatibleRuntimes"] == ["python3.11"]
    assert version["CompatibleArchitectures"] == ["x86_64"]

    # Another machine has no zip, and needs none as long as nothing changes.
    (built,) = (root / "dist").iterdir()
    built.unlink()
    assert "No changes." in terraform("plan", "-input=false", "-detailed-exitcode")

    (root / "requirements.txt").write_text("thing==3.0\n")
    assert "thing==3.0" in terraform("apply", "-input=false", "-auto-approve", code=1)
    assert not (root / "dist/layer-python3.11-x86_64.zip").exists()

    (root / "requirements.txt").write_text("thing==2.0\n")
    assert LAYER in terraform.changes()
    terraform("apply", "-input=false", "plan.out")
    assert content(cloud, cloud.versions("deps")[-1]) == b"VERSION = 2.0\n"
    terraform("destroy", "-input=false", "-auto-approve")
    assert cloud.versions("deps") == []


@pytest.mark.tools
def test_what_is_built_while_terraform_applies_can_go_through_s3(
    tmp_path: Path, cloud: Cloud, wheels: dict[str, str]
) -> None:
    root = project(tmp_path, more='s3_bucket = "artifacts"')
    cloud.client("s3").create_bucket(Bucket="artifacts")
    terraform = Terraform(root, environment=wheels)
    terraform("apply", "-input=false", "-auto-approve")
    assert content(cloud, 1) == b"VERSION = 1.0\n"
    (root / "dist/layer-python3.11-x86_64.zip").unlink()
    assert "No changes." in terraform("plan", "-input=false", "-detailed-exitcode")


@pytest.mark.tools
def test_a_folder_without_sources_is_told(tmp_path: Path, cloud: Cloud) -> None:
    root = project(tmp_path)
    for name in ("layerwright.toml", "requirements.txt"):
        (root / name).unlink()
    assert "holds none of the files" in Terraform(root)("plan", "-input=false", code=1)
    assert cloud.versions("deps") == []


@pytest.mark.tools
def test_a_layer_is_built_while_terraform_plans(tmp_path: Path, cloud: Cloud, wheels: dict[str, str]) -> None:
    """With a stand-in for hashicorp/external, which could not be had; terraform's side is the real one."""
    root = project(tmp_path, "build-at-plan")
    terraform = Terraform(root, environment=wheels, plugins=external_provider(tmp_path / "plugins"))
    assert terraform.changes() == {LAYER: ["create"]}
    terraform("apply", "-input=false", "plan.out")
    assert content(cloud, 1) == b"VERSION = 1.0\n"
    (root / "deps-python3.11-x86_64.zip").unlink()  # the next plan builds it again, the same
    assert "No changes." in terraform("plan", "-input=false", "-detailed-exitcode")
    (root / "requirements.txt").write_text("thing==2.0\n")
    assert terraform.changes() == {LAYER: ["delete", "create"]}
    terraform("apply", "-input=false", "plan.out")
    assert content(cloud, 2) == b"VERSION = 2.0\n"
    (root / "requirements.txt").write_text("thing==3.0\n")
    assert "thing==3.0" in terraform("plan", "-input=false", code=1)


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (
            {"path": None, "findings": [{"check": "c", "severity": "error", "path": "p", "message": "m"}]},
            "c: p: m",
        ),
        (None, "declares 2 layers; name one"),
    ],
)
def test_the_external_program_says_why_there_is_no_zip(
    tmp_path: Path, layer: dict[str, object] | None, says: str
) -> None:
    """What goes to stderr is what terraform shows."""
    answer = {"layers": [layer] if layer else [{}, {}]}
    stand_in = [sys.executable, "-c", f"import json; print({json.dumps(json.dumps(answer))})"]
    query = {
        "folder": str(tmp_path),
        "layer": "",
        "target": "python3.11-arm64",
        "program": json.dumps(stand_in),
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "terraform/build-at-plan/build.py")],
        input=json.dumps(query),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode
    assert says in done.stderr
