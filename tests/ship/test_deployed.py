"""What is on AWS already is read as layers."""

from __future__ import annotations

import json

import pytest

from factories.cloud import ACCOUNT, Cloud
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.errors import AwsError, IntegrityError, UsageError
from layerwright.ship.aws import Aws
from layerwright.ship.deployed import fetch_function, fetch_layer, is_deployed
from layerwright.wheels.store import Store

ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:deps:1"


def test_a_layer_is_read_by_its_arn(cloud: Cloud) -> None:
    cloud.publish("deps", zip_bytes({"python/a.py": "A = 1"}))
    layer = fetch_layer(ARN, Aws(), Store())
    assert layer.name == ARN
    assert layer.read().name == ARN
    assert layer.read().tree["python/a.py"].read() == b"A = 1"
    cloud.fail("Unavailable", status=500, path="_content")
    assert fetch_layer(ARN, Aws(), Store()).path == layer.path


def test_a_function_is_read_with_its_layers_in_order(cloud: Cloud) -> None:
    for name in ("deps", "more"):
        cloud.publish(name, zip_bytes({f"python/{name}.py": ""}))
    cloud.function(
        "processor",
        layers=[ARN, ARN.replace(":deps:", ":more:")],
        Architectures=["arm64"],
        Environment={"Variables": {"STAGE": "prod"}},
    )
    found = fetch_function("function:processor", Aws(), Store(), region="us-east-1")
    assert str(found.target) == "python3.11-arm64"
    assert found.handler == "app.handler"
    assert found.environment == {"STAGE": "prod"}
    assert list(found.code.read().tree) == ["app.py"]
    assert [layer.name for layer in found.layers] == [ARN, ARN.replace(":deps:", ":more:")]
    assert "python/more.py" in found.layers[1].read().tree
    by_arn = fetch_function(f"function:{found.arn}", Aws(), Store(), region="eu-west-1")
    assert by_arn.name == "processor"


def test_other_bytes_than_aws_has_are_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.publish("deps", zip_bytes({"python/a.py": "A = 1"}))
    monkeypatch.setattr(Cloud, "_content", lambda *_: b"something else")
    with pytest.raises(IntegrityError, match="its sha256 is"):
        fetch_layer(ARN, Aws(), Store())


def test_what_is_not_there_or_not_python_is_told(cloud: Cloud) -> None:
    with pytest.raises(AwsError, match="there is no arn:aws:lambda"):
        fetch_layer(ARN, Aws(), Store())
    with pytest.raises(UsageError, match="names no version"):
        fetch_layer(ARN.removesuffix(":1"), Aws(), Store())
    with pytest.raises(AwsError, match="there is no function nobody in us-east-1"):
        fetch_function("function:nobody", Aws(), Store(), region="us-east-1")
    cloud.function("web", Runtime="nodejs20.x")
    with pytest.raises(AwsError, match=r"runs on nodejs20\.x"):
        fetch_function("function:web", Aws(), Store(), region="us-east-1")


def test_words_that_name_something_on_aws() -> None:
    assert is_deployed(ARN)
    assert is_deployed("function:processor")
    assert not is_deployed("layer.zip")


def test_the_command_judges_an_arn(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.publish(
        "deps",
        zip_bytes(
            {"python/pkg/__init__.py": "import pkg._native\n", "python/pkg/_native.abi3.so": b"no ELF"}
        ),
    )
    assert main(["check", ARN, "--target", "python3.11-x86_64", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["layers"][0]["path"] == ARN
    assert {finding["layer"] for finding in found["findings"]} == {ARN}
    assert any(finding["path"] == "python/pkg/_native.abi3.so" for finding in found["findings"])


def test_the_command_judges_a_function_with_its_layers(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    cloud.publish("deps", zip_bytes({"python/deps.py": "VALUE = 1"}))
    code = zip_bytes({"app.py": "import deps\n\n\ndef handler(event, context):\n    return deps.VALUE\n"})
    arn = cloud.function("processor", layers=[ARN], Code={"ZipFile": code}, Architectures=["arm64"])
    for word in ("function:processor", f"function:{arn}"):
        assert main(["check", word, "--format", "json"]) == 0, capsys.readouterr()
        found = json.loads(capsys.readouterr().out)
        assert found["target"] == "python3.11-arm64"
        assert [layer["path"] for layer in found["layers"]] == [ARN]
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert main(["check", "function:processor", "--region", "us-east-1", "--handler", "app.handler"]) == 0
    assert f"ok (1 note): processor with {ARN} for python3.11-arm64" in capsys.readouterr().out
    cloud.client("lambda").update_function_configuration(FunctionName="processor", Layers=[])
    assert main(["check", "function:processor", "--region", "us-east-1"]) == 1
    out = capsys.readouterr().out
    assert "No module named 'deps'" in out
    assert "): processor for python3.11-arm64" in out
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert main(["check", "function:nobody"]) == 7
    assert "there is no function nobody" in capsys.readouterr().err
