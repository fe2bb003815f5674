"""Functions are moved to a version, and put back where it does not import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from factories.cloud import ACCOUNT, Cloud
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.errors import AwsError
from layerwright.ship.aws import Aws
from layerwright.ship.lambda_service import Answer
from layerwright.ship.use import Change, Stage, Trial, import_error, plan_use, use

BROKEN = {
    "errorMessage": "Unable to import module 'app': libGL.so.1: cannot open shared object file: No such file or directory",
    "errorType": "Runtime.ImportModuleError",
    "requestId": "",
    "stackTrace": [],
}
RAISED = {
    "errorMessage": "'body'",
    "errorType": "KeyError",
    "requestId": "1",
    "stackTrace": ['  File "/var/task/app.py", line 9, in handler\n    event["body"]\n'],
}


def arn(version: int, name: str = "deps", region: str = "us-east-1") -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT}:layer:{name}:{version}"


def layers_of(cloud: Cloud, name: str) -> list[str]:
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=name)
    return [layer["Arn"] for layer in configuration.get("Layers", [])]


@pytest.fixture
def deps(cloud: Cloud) -> Cloud:
    """Two versions of ``deps`` and one of ``tools``; one function uses deps:1 between others, one uses nothing."""
    cloud.publish("deps", zip_bytes({"python/a.py": "A = 1"}), CompatibleRuntimes=["python3.11"])
    cloud.publish("deps", zip_bytes({"python/a.py": "A = 2"}), CompatibleRuntimes=["python3.11"])
    for name in ("tools", "more"):
        cloud.publish(name, zip_bytes({f"python/{name}.py": ""}))
    cloud.function("processor", layers=[arn(1, "tools"), arn(1), arn(1, "more")])
    cloud.function("upload", Runtime="python3.12")
    return cloud


def test_functions_get_the_version_in_its_place(deps: Cloud) -> None:
    plan = plan_use("deps:2", ["processor", "upload"], Aws(), region="us-east-1")
    assert [function.change for function in plan.functions] == [Change.REPLACE, Change.ADD]
    assert plan.functions[1].notes == ("it runs on python3.12, and the layer is for python3.11",)
    assert layers_of(deps, "processor") == [arn(1, "tools"), arn(1), arn(1, "more")]
    results = use(plan, Aws())
    assert [result.stage for result in results] == [Stage.UPDATED, Stage.UPDATED]
    assert layers_of(deps, "processor") == [arn(1, "tools"), arn(2), arn(1, "more")]
    assert layers_of(deps, "upload") == [arn(2)]
    again = plan_use("deps", ["processor", "upload"], Aws(), region="us-east-1")
    assert [function.change for function in again.functions] == [Change.NOTHING, Change.NOTHING]
    assert {result.stage for result in use(again, Aws())} == {Stage.UNCHANGED}


def test_a_function_that_does_not_import_goes_back_and_the_other_stays(deps: Cloud) -> None:
    deps.answers["processor"] = BROKEN
    deps.answers["upload"] = RAISED
    plan = plan_use("deps:2", ["processor", "upload"], Aws(), region="us-east-1")
    processor, upload = use(plan, Aws(), trial=Trial())
    assert processor.stage is Stage.ROLLED_BACK
    assert "libGL.so.1" in (processor.import_error or "")
    assert layers_of(deps, "processor") == [arn(1, "tools"), arn(1), arn(1, "more")]
    assert upload.stage is Stage.UPDATED
    assert upload.note == "it imports; with this event the handler raised KeyError: 'body'"
    assert layers_of(deps, "upload") == [arn(2)]


def test_without_rollback_it_is_only_told(deps: Cloud) -> None:
    deps.answers["processor"] = BROKEN
    plan = plan_use("deps:2", ["processor"], Aws(), region="us-east-1")
    (result,) = use(plan, Aws(), trial=Trial(rollback=False))
    assert result.stage is Stage.BROKEN
    assert arn(2) in layers_of(deps, "processor")


def test_it_waits_until_the_update_is_over(deps: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_use("deps:2", ["processor"], Aws(), region="us-east-1")
    from moto.awslambda.models import lambda_backends

    function = lambda_backends[ACCOUNT]["us-east-1"].get_function("processor")
    real = type(function).get_configuration
    left = [3]

    def in_progress(self: Any, *words: Any, **more: Any) -> dict[str, Any]:
        left[0] -= 1
        return {
            **real(self, *words, **more),
            "LastUpdateStatus": "InProgress" if left[0] > 0 else "Successful",
        }

    monkeypatch.setattr(type(function), "get_configuration", in_progress)
    pauses: list[float] = []
    (result,) = use(plan, Aws(), sleep=pauses.append)
    assert result.stage is Stage.UPDATED
    assert pauses == [0.2]


def test_an_update_that_lambda_fails_is_told(deps: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_use("deps:2", ["processor"], Aws(), region="us-east-1")
    from moto.awslambda.models import LambdaFunction

    real = LambdaFunction.get_configuration
    failed = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "Layer conversion failed"}
    monkeypatch.setattr(
        LambdaFunction, "get_configuration", lambda self, *w, **m: {**real(self, *w, **m), **failed}
    )
    (result,) = use(plan, Aws(), sleep=lambda _: None)
    assert result.stage is Stage.FAILED
    assert "Layer conversion failed" in str(result.problem)


def test_a_sixth_layer_is_refused_before_anything_changes(deps: Cloud) -> None:
    for number in range(5):
        deps.publish(f"l{number}", zip_bytes({f"python/l{number}.py": ""}))
    deps.function("full", layers=[arn(1, f"l{number}") for number in range(5)])
    plan = plan_use("deps:2", ["full", "upload"], Aws(), region="us-east-1")
    assert "has 5 layers already, and 5 is the most" in str(plan.functions[0].problem)
    full, upload = use(plan, Aws())
    assert (full.stage, upload.stage) == (Stage.FAILED, Stage.UPDATED)


def test_what_is_not_there_is_told(deps: Cloud) -> None:
    with pytest.raises(AwsError, match="there is no version 9 of the layer deps in us-east-1"):
        plan_use("deps:9", ["processor"], Aws(), region="us-east-1")
    with pytest.raises(AwsError, match="there is no version of the layer nothing"):
        plan_use("nothing", ["processor"], Aws(), region="us-east-1")
    plan = plan_use("deps:1", ["nobody"], Aws(), region="us-east-1")
    assert "there is no function nobody in us-east-1" in str(plan.functions[0].problem)


def test_a_layer_of_another_account_that_is_not_shared_is_told(deps: Cloud) -> None:
    foreign = "arn:aws:lambda:us-east-1:999999999999:layer:deps:1"
    with pytest.raises(AwsError, match="lambda:GetLayerVersionByArn in us-east-1 is not allowed") as caught:
        plan_use(foreign, ["processor"], Aws(), region="us-east-1")
    assert "account 999999999999" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("payload", "is_import"),
    [
        (BROKEN, True),
        (RAISED, False),
        ({"errorType": "Runtime.UserCodeSyntaxError", "errorMessage": "x"}, True),
        ({"errorType": "Runtime.ExitError", "errorMessage": "signal: segmentation fault"}, True),
        (
            {
                "errorType": "OSError",
                "errorMessage": "libgeos_c.so.1: cannot open shared object file",
                "stackTrace": [
                    '  File "/var/lang/lib/python3.11/importlib/__init__.py", line 126, in import_module\n'
                ],
            },
            True,
        ),
        ({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"}, False),
    ],
)
def test_import_errors_are_told_from_what_a_handler_raises(payload: dict[str, Any], is_import: bool) -> None:
    assert (import_error(Answer(payload=payload, failed=True)) is not None) is is_import
    assert import_error(Answer(payload=payload, failed=False)) is None


def test_a_trial_that_aws_refuses_is_told_with_what_the_function_has(deps: Cloud) -> None:
    deps.fail("AccessDeniedException", "not authorized", status=403, path="invocations$")
    plan = plan_use("deps:2", ["processor"], Aws(), region="us-east-1")
    (result,) = use(plan, Aws(), trial=Trial())
    assert str(result.problem).startswith("it has this version, but could not be tried: lambda:Invoke")
    assert result.problem
    assert "lambda:InvokeFunction" in (result.problem.hint or "")


def test_an_arn_names_the_region(deps: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:deps:1"
    assert main(["use", arn, "--function", "processor", "--dry-run"]) == 0
    assert "processor" in capsys.readouterr().out
    assert main(["use", arn, "--function", "processor", "--region", "eu-west-1"]) == 2
    assert "is in us-east-1; a function in eu-west-1 can't use it" in capsys.readouterr().err


def test_the_command(deps: Cloud, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["use", "deps:2", "--function", "processor", "--function", "upload", "--region", "us-east-1"]
    assert main([*words, "--dry-run"]) == 0
    assert "processor  gets it in place of version 1" in capsys.readouterr().out
    deps.answers["processor"] = BROKEN
    event = tmp_path / "event.json"
    event.write_text("{}")
    assert main([*words, "--rollback", "--event", str(event), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    outcomes = {function["name"]: function["outcome"] for function in found["functions"]}
    assert outcomes == {"processor": "rolled back", "upload": "updated"}
    event.write_text("{")
    assert main([*words, "--rollback", "--event", str(event)]) == 2
    assert "is not JSON" in capsys.readouterr().err
