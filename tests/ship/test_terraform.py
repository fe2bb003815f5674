"""The module and the three examples, by the real terraform and the real AWS provider, against moto's server."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from factories.cloud import ACCOUNT, Cloud
from factories.emitted import odd_layer
from factories.terraform import QUIET, Terraform
from factories.tools import ROOT, run_tool, tool
from factories.zips import zip_bytes

pytestmark = pytest.mark.tools

EXAMPLES = {
    "document-processor": ("python3.11", "x86_64", {"document-processor", "book-upload"}),
    "extract-text": ("python3.11", "x86_64", {"extract-text"}),
    "ocr-pipeline": ("python3.9", "x86_64", {"ocr-pipeline"}),
}


def write_layer(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zip_bytes({"python/deps.py": text}))


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, cloud: Cloud) -> Terraform:
    """An example's terraform beside the module, with small zips where `make dist` puts the real ones."""
    cloud.know_managed_policies()
    name = request.param
    runtime, architecture, _ = EXAMPLES[name]
    shutil.copytree(ROOT / "terraform", tmp_path / "terraform")
    shutil.copytree(ROOT / "examples" / name / "terraform", tmp_path / "examples" / name / "terraform")
    dist = tmp_path / "examples" / name / "dist"
    write_layer(dist / f"{name}-{runtime}-{architecture}.zip", "VALUE = 1")
    write_layer(dist / "encoding.zip", "")
    run_tool(
        [
            sys.executable,
            str(ROOT / "examples/package.py"),
            str(ROOT / "examples" / name / "function"),
            str(dist / "function.zip"),
        ],
        folder=dist,
    )
    return Terraform(tmp_path / "examples" / name / "terraform")


@pytest.mark.parametrize("example", sorted(EXAMPLES), indirect=True)
def test_an_example_goes_from_nothing_to_its_functions_and_back(
    example: Terraform, cloud: Cloud, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.params["example"]
    runtime, architecture, functions = EXAMPLES[name]
    assert "Success! The configuration is valid." in example("validate")
    planned = example.changes()
    assert set(planned) >= {"module.layer.aws_lambda_layer_version.this"}
    assert {tuple(actions) for actions in planned.values()} == {("create",)}
    example("apply", "-input=false", "plan.out")

    service = cloud.client("lambda")
    found: dict[str, Any] = {item["FunctionName"]: item for item in service.list_functions()["Functions"]}
    assert set(found) == functions
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:{name}:1"
    assert all(one["Layers"][0]["Arn"] == arn for one in found.values())
    code = set(zipfile.ZipFile(example.folder.parent / "dist/function.zip").namelist())
    assert {one["Handler"].replace(".handler", ".py") for one in found.values()} <= code
    version = service.get_layer_version(LayerName=name, VersionNumber=1)
    assert version["CompatibleRuntimes"] == [runtime]
    assert version["CompatibleArchitectures"] == [architecture]

    assert example.changes() == {}
    assert "No changes." in example("plan", "-input=false", "-detailed-exitcode")

    if name == "document-processor":  # the one with two functions; the others are built alike
        changes_only_the_layer(example, cloud, name, f"{name}-{runtime}-{architecture}.zip", functions)
    example("destroy", "-input=false", "-auto-approve")
    assert not service.list_functions()["Functions"]


def changes_only_the_layer(
    example: Terraform, cloud: Cloud, name: str, filename: str, functions: set[str]
) -> None:
    """Other content makes another version, and gives the functions its ARN."""
    write_layer(example.folder.parent / "dist" / filename, "VALUE = 2")
    changed = example.changes()
    assert sorted(changed.pop("module.layer.aws_lambda_layer_version.this")) == ["create", "delete"]
    assert set(changed) == {f"aws_lambda_function.{one.replace('-', '_')}" for one in functions}
    assert {tuple(actions) for actions in changed.values()} == {("update",)}
    example("apply", "-input=false", "plan.out")
    assert cloud.versions(name) == [1, 2]  # skip_destroy keeps what is in use elsewhere
    assert example.changes() == {}


@pytest.fixture
def module(tmp_path: Path, cloud: Cloud) -> Path:
    shutil.copytree(ROOT / "terraform", tmp_path / "module")
    folder = tmp_path / "root"
    folder.mkdir()
    write_layer(folder / "deps.zip", "VALUE = 1")
    return folder


MAIN = """
provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}
module "layer" {
  source                   = "../module"
  layer_name               = "deps"
  filename                 = "${path.module}/deps.zip"
  compatible_runtimes      = ["python3.11", "python3.12"]
  compatible_architectures = ["x86_64", "arm64"]
  %s
}
output "arn" { value = module.layer.arn }
output "hash" { value = module.layer.source_code_hash }
"""


@pytest.mark.parametrize(
    ("who", "principal"),
    [("111122223333", {"AWS": "arn:aws:iam::111122223333:root"}), ("everyone", "*")],
)
def test_the_module_shares_and_goes_through_s3_when_asked(
    module: Path, cloud: Cloud, who: str, principal: object
) -> None:
    cloud.client("s3").create_bucket(Bucket="artifacts")
    more = f's3_bucket = "artifacts"\n  shared_with = "{who}"'
    (module / "main.tf").write_text(MAIN % more)
    terraform = Terraform(module)
    terraform("apply", "-input=false", "-auto-approve")
    (object_,) = cloud.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]
    assert object_["Key"].startswith("layers/deps/")
    policy = cloud.client("lambda").get_layer_version_policy(LayerName="deps", VersionNumber=1)["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert (statement["Sid"], statement["Principal"]) == (f"layerwright-{who}", principal)
    outputs = json.loads(terraform("output", "-json"))
    version = cloud.client("lambda").get_layer_version(LayerName="deps", VersionNumber=1)
    assert outputs["hash"]["value"] == version["Content"]["CodeSha256"]
    assert terraform.changes() == {}
    terraform("destroy", "-input=false", "-auto-approve")
    assert cloud.versions("deps") == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('shared_with = "me"', "Name an account (12 digits)"),
        ("", "deps.zip; `layerwright build` writes it."),
    ],
)
def test_the_module_refuses_what_aws_would(module: Path, cloud: Cloud, more: str, says: str) -> None:
    (module / "main.tf").write_text(MAIN % more)
    if not more:
        (module / "deps.zip").unlink()
    terraform = Terraform(module)
    assert says in terraform("plan", "-input=false", code=1)
    assert not cloud.versions("deps")


def test_what_emit_prints_is_valid_and_applies(module: Path, cloud: Cloud, tmp_path: Path) -> None:
    from layerwright.ship.emit.kinds import emit
    from layerwright.ship.emit.layer import EmittedLayer
    from layerwright.ship.judge import Compatibility

    layer = EmittedLayer(
        name="deps",
        path="deps.zip",
        compatible=Compatibility(runtimes=("python3.11",), architectures=("x86_64",)),
        sha256="0" * 64,
        zipped_bytes=1,
        folders=("python",),
    )
    odd = odd_layer(module, zip_bytes({"python/odd.py": ""}))
    (module / "main.tf").write_text(emit("terraform", [layer, odd]))
    (module / "provider.tf").write_text('provider "aws" {\n  region = "us-east-1"\n}\n')
    terraform = Terraform(module)
    terraform("fmt", "-check")
    terraform("apply", "-input=false", "-auto-approve")
    assert (cloud.versions("deps"), cloud.versions("2024")) == ([1], [1])
    assert terraform.changes() == {}


def test_every_terraform_file_is_formatted() -> None:
    program = tool("terraform")
    for folder in ("terraform", "examples"):
        run_tool(
            [program, "fmt", "-check", "-recursive"],
            folder=ROOT / folder,
            environment={"TF_CLI_CONFIG_FILE": "", **QUIET},
        )
