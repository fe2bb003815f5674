"""What emit prints; each kind's own tool tries it in a test of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from factories.cloud import Cloud
from factories.emitted import emit_text, emitted_layer, odd_layer
from factories.tools import ROOT, missing, run_tool, tool
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.errors import UsageError
from layerwright.ship.emit.kinds import KINDS, emit
from layerwright.ship.judge import Compatibility, compatibility
from layerwright.targets.target import lambda_targets, parse_target

LARGE = 52_428_801


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_names_the_zip_and_is_small(kind: str) -> None:
    text = emit_text(kind)
    assert "deps.zip" in text
    assert len(text.splitlines()) <= 30
    assert not any(line.endswith(" ") for line in text.splitlines())
    two = emit(kind, [emitted_layer(), emitted_layer(name="more-deps", path="more.zip")])
    assert "more.zip" in two


@pytest.mark.parametrize("kind", ["terraform", "pulumi"])
def test_a_large_zip_goes_through_s3_where_the_tool_does_not_do_so_itself(kind: str) -> None:
    assert "s3" not in emit_text(kind)
    large = emit_text(kind, zipped_bytes=LARGE)
    assert "s3_bucket" in large
    assert "layers/deps/" in large


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"dockerfile"}))
def test_only_an_image_takes_a_folder(kind: str) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        emit_text(kind, sha256=None)


def test_an_image_takes_folders_and_zips_and_restores_what_zipfile_forgets() -> None:
    assert "COPY opt/ /opt/\n" in emit_text("dockerfile", path="opt", sha256=None)
    assert "chmod" not in emit_text("dockerfile")
    assert "chmod -R a+x /opt/bin" in emit_text("dockerfile", folders=("bin", "python"))
    other = Compatibility(runtimes=("python3.9",), architectures=("x86_64",))
    with pytest.raises(UsageError, match="no runtime that all these layers"):
        emit("dockerfile", [emitted_layer(), emitted_layer(name="old", compatible=other)])


def test_names_are_identifiers_that_mean_nothing_else() -> None:
    names = {
        name: emitted_layer(name=name) for name in ("deps", "my_deps", "2024", "class", "aws", "--", "node")
    }
    assert {name: layer.snake for name, layer in names.items()} == {
        "deps": "deps",
        "my_deps": "my_deps",
        "2024": "layer_2024",
        "class": "class_layer",
        "aws": "aws_layer",
        "--": "layer",
        "node": "node_layer",
    }
    assert names["2024"].camel == "layer2024"
    assert names["my_deps"].pascal == "MyDeps"


def test_two_layers_are_not_called_the_same() -> None:
    with pytest.raises(UsageError, match="would get one name in the code"):
        emit("sam", [emitted_layer(name="a-b"), emitted_layer(name="a_b", path="other.zip")])


@pytest.mark.parametrize("path", ["../deps.zip", "/tmp/deps.zip", "C:/deps.zip"])
def test_an_image_takes_nothing_from_outside_of_its_folder(path: str) -> None:
    with pytest.raises(UsageError, match="outside of the folder that an image is built from"):
        emit_text("dockerfile", path=path)


def test_several_layers_get_a_name_each(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = ["a-python3.11-x86_64.zip", "b #2.zip"]
    for path in paths:
        (project / path).write_bytes(zip_bytes({"python/deps.py": "VALUE = 1\n"}))
    assert main(["emit", "sam", *paths, "--name", "first", "--name", "second"]) == 0
    out = capsys.readouterr().out
    assert "LayerName: first\n" in out
    assert "LayerName: second\n" in out
    assert main(["emit", "sam", *paths, "--name", "team"]) == 0
    out = capsys.readouterr().out
    assert "LayerName: team-a-python311-x86_64\n" in out
    assert "LayerName: team-b-2\n" in out
    assert main(["emit", "sam", paths[0], "--name", "first", "--name", "second"]) == 2
    assert "2 names for 1 layers" in capsys.readouterr().err


def test_the_command_sets_what_the_checks_say(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "deps.zip").write_bytes(zip_bytes({"python/deps.py": "VALUE = 1\n"}))
    assert main(["emit", "terraform", "deps.zip", "--name", "deps", "--target", "python3.13-arm64"]) == 0
    out = capsys.readouterr().out
    assert 'compatible_runtimes      = ["python3.13"]' in out
    assert 'compatible_architectures = ["arm64"]' in out
    assert main(["emit", "sam", "deps.zip", "--name", "deps"]) == 0
    assert "CompatibleArchitectures: [arm64, x86_64]" in capsys.readouterr().out
    assert main(["emit", "sam", "deps.zip", "--name", "not a name"]) == 2
    assert "such as --name not-a-name" in capsys.readouterr().err


def test_a_declared_layer_is_for_what_it_is_declared_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "layerwright.toml").write_text(
        'name = "deps"\nrequirements = ["deps"]\ntargets = ["python3.12-arm64"]\noutput = "{name}.zip"\n'
    )
    (project / "deps.zip").write_bytes(zip_bytes({"python/deps.py": "VALUE = 1\n"}))
    assert main(["emit", "serverless", "deps.zip", "--name", "deps"]) == 0
    assert "compatibleRuntimes: [python3.12]" in capsys.readouterr().out


def test_compatibility_is_the_largest_set_of_pairs_that_all_passed() -> None:
    everything = compatibility(lambda_targets(), most_runtimes=15)
    assert everything.architectures == ("arm64", "x86_64")
    assert len(everything.runtimes) * 2 == len(lambda_targets())
    some = [parse_target(text) for text in ("python3.11-x86_64", "python3.12-x86_64", "python3.12-arm64")]
    both = compatibility(some, most_runtimes=15)
    assert (both.runtimes, both.architectures) == (("python3.12",), ("arm64", "x86_64"))
    alone = compatibility(some[:2], most_runtimes=1)
    assert (alone.runtimes, alone.architectures) == (("python3.12",), ("x86_64",))
    assert compatibility([], most_runtimes=15).runtimes == ()


@pytest.mark.tools
def test_cfn_lint_accepts_what_emit_prints_for_cloudformation(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(emit("cloudformation", [emitted_layer(), odd_layer(tmp_path, b"")]))
    run_tool([tool("cfn-lint"), "--regions", "us-east-1", "--", str(path)], folder=tmp_path)


@pytest.mark.tools
def test_the_serverless_framework_packages_what_emit_prints(tmp_path: Path, cloud: Cloud) -> None:
    """Version 3, the last one that needs no login; it asks CloudFormation for what is there, here moto's."""
    fit = Compatibility(runtimes=("python3.11",), architectures=("x86_64",))
    odd = odd_layer(tmp_path, zip_bytes({"python/odd.py": ""}), compatible=fit)
    layers = [emitted_layer(compatible=fit), odd]
    environment = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"}
    (tmp_path / "endpoint.js").write_text(
        "module.exports = class { constructor(serverless) {"
        " serverless.getProvider('aws').sdk.config.update({ endpoint: process.env.AWS_ENDPOINT_URL }); } };"
    )
    (tmp_path / "serverless.yml").write_text(
        'service: demo\nframeworkVersion: "3"\nconfigValidationMode: error\nplugins: [./endpoint.js]\n'
        "provider:\n  name: aws\n  runtime: python3.11\n"
        "functions:\n  app:\n    handler: app.handler\n    layers:\n"
        "      - !Ref DepsLambdaLayer\n      - !Ref Layer2024LambdaLayer\n" + emit("serverless", layers)
    )
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return {}\n")
    (tmp_path / "deps.zip").write_bytes(zip_bytes({"python/deps.py": ""}))
    run_tool([tool("serverless"), "package"], folder=tmp_path, environment=environment)
    template = json.loads((tmp_path / ".serverless/cloudformation-template-update-stack.json").read_text())
    layer = template["Resources"]["DepsLambdaLayer"]
    assert layer["Properties"]["LayerName"] == "deps"
    assert layer["Properties"]["CompatibleRuntimes"] == ["python3.11"]
    assert template["Resources"]["AppLambdaFunction"]["Properties"]["Layers"] == [
        {"Ref": "DepsLambdaLayer"},
        {"Ref": "Layer2024LambdaLayer"},
    ]
    assert template["Resources"]["Layer2024LambdaLayer"]["Properties"]["LayerName"] == "2024"


@pytest.mark.tools
def test_what_emit_prints_for_pulumi_runs_under_pulumis_mocks(tmp_path: Path) -> None:
    """The packages check the resources' names and arguments; the engine, which would deploy them, could not be had."""
    python = ROOT / ".tools/pulumi/bin/python"
    if not python.is_file():
        missing("no environment with pulumi-aws; `make tools` makes one")
    (tmp_path / "deps.zip").write_bytes(zip_bytes({"python/deps.py": ""}))
    large = odd_layer(tmp_path, b"", zipped_bytes=LARGE, sha256="1" * 64)
    (tmp_path / "layers.py").write_text(emit("pulumi", [emitted_layer(), large]))
    program = ROOT / "tests/factories/pulumi_mocks.py"
    said = json.loads(run_tool([str(python), str(program), "layers.py"], folder=tmp_path))
    resources = {(one["type"].rpartition(":")[2], one["name"]): one["inputs"] for one in said["resources"]}
    fit = {
        "compatibleRuntimes": ["python3.11", "python3.12"],
        "compatibleArchitectures": ["arm64", "x86_64"],
    }
    key = f"layers/2024/{'1' * 64}.zip"
    assert resources == {
        ("LayerVersion", "deps"): {"layerName": "deps", "code": {"FileArchive": "deps.zip"}, **fit},
        ("BucketObjectv2", "2024"): {"bucket": "artifacts", "key": key, "source": {"FileAsset": large.path}},
        ("LayerVersion", "2024"): {"layerName": "2024", "s3Bucket": "artifacts", "s3Key": key, **fit},
    }
    assert said["exports"] == {"deps_layer_arn": "arn:of:deps", "layer_2024_layer_arn": "arn:of:2024"}
