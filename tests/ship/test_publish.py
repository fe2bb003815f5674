"""Publishing against a server that answers as AWS does."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from factories.cloud import ACCOUNT, Cloud
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.errors import AwsError, UsageError
from layerwright.ship.aws import Aws
from layerwright.ship.judge import Compatibility
from layerwright.ship.lambda_service import LambdaRegion
from layerwright.ship.plan import Action, Details, PublishPlan, layer_file, plan_publish
from layerwright.ship.publish import Outcome, publish
from layerwright.ship.sharing import parse_grant

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
FIT = Details(compatible=Compatibility(runtimes=("python3.11", "python3.12"), architectures=("x86_64",)))


def plan(
    path: Path, details: Details = FIT, *, regions: tuple[str, ...] = REGIONS, **more: object
) -> PublishPlan:
    from layerwright.layer.read import read_layer

    file = layer_file(path, read_layer(path))
    return plan_publish(file, details, Aws(), name="deps", regions=regions, **more)  # type: ignore[arg-type]


def test_a_layer_goes_to_three_regions(cloud: Cloud, layer_zip: Path) -> None:
    made = plan(layer_zip)
    assert [region.action for region in made.regions] == [Action.PUBLISH] * 3
    assert not cloud.versions("deps")
    result = publish(made, Aws())
    assert result.ok
    assert [region.outcome for region in result.regions] == [Outcome.PUBLISHED] * 3
    for region, name in zip(result.regions, REGIONS, strict=True):
        version = LambdaRegion(Aws(), name).version("deps", 1)
        assert version is not None
        assert region.version is not None
        assert version.sha256 == made.file.sha256
        assert version.runtimes == ("python3.11", "python3.12")
        assert version.architectures == ("x86_64",)
        assert region.version.arn == f"arn:aws:lambda:{name}:{ACCOUNT}:layer:deps:1"


def test_a_failure_in_one_region_leaves_the_others_whole_and_a_second_run_completes(
    cloud: Cloud, layer_zip: Path
) -> None:
    cloud.fail(
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: lambda:PublishLayerVersion",
        status=403,
        region="eu-west-1",
        method="POST",
    )
    result = publish(plan(layer_zip), Aws())
    assert not result.ok
    outcomes = {region.region: region.outcome for region in result.regions}
    assert outcomes == {
        "us-east-1": Outcome.PUBLISHED,
        "eu-west-1": Outcome.FAILED,
        "ap-southeast-2": Outcome.PUBLISHED,
    }
    problem = result.regions[1].problem
    assert isinstance(problem, AwsError)
    assert "lambda:PublishLayerVersion in eu-west-1 is not allowed" in str(problem)
    assert problem.hint == "the user or role needs lambda:PublishLayerVersion"

    cloud.failures.clear()
    second = plan(layer_zip)
    assert [region.action for region in second.regions] == [Action.NOTHING, Action.PUBLISH, Action.NOTHING]
    assert publish(second, Aws()).ok
    assert [cloud.versions("deps", region) for region in REGIONS] == [[1], [1], [1]]


def test_a_region_that_cannot_be_asked_is_told_in_the_plan(cloud: Cloud, layer_zip: Path) -> None:
    cloud.fail("AccessDeniedException", "no", status=403, region="eu-west-1")
    made = plan(layer_zip)
    assert [region.action for region in made.regions] == [Action.PUBLISH, Action.FAILED, Action.PUBLISH]
    result = publish(made, Aws())
    assert [region.outcome for region in result.regions] == [
        Outcome.PUBLISHED,
        Outcome.FAILED,
        Outcome.PUBLISHED,
    ]


def test_the_same_content_is_not_published_twice(cloud: Cloud, layer_zip: Path) -> None:
    cloud.publish("deps", zip_bytes({"python/other.py": ""}))
    assert publish(plan(layer_zip, regions=("us-east-1",)), Aws()).ok
    cloud.publish("deps", zip_bytes({"python/newer.py": ""}))
    second = plan(layer_zip, regions=("us-east-1",))
    (region,) = second.regions
    assert region.action is Action.NOTHING
    assert region.existing is not None
    assert (region.existing.version, region.newest) == (2, 3)
    result = publish(second, Aws())
    assert result.regions[0].outcome is Outcome.THERE
    assert cloud.versions("deps") == [1, 2, 3]
    assert publish(plan(layer_zip, regions=("us-east-1",), again=True), Aws()).ok
    assert cloud.versions("deps") == [1, 2, 3, 4]


def test_a_concurrent_publish_of_the_same_content_leaves_one_version(cloud: Cloud, layer_zip: Path) -> None:
    plans = [plan(layer_zip, regions=("us-east-1",)) for _ in range(4)]
    assert {region.action for one in plans for region in one.regions} == {Action.PUBLISH}
    barrier = threading.Barrier(4)

    def run(one: PublishPlan) -> int:
        barrier.wait()
        (region,) = publish(one, Aws()).regions
        assert region.version is not None
        return region.version.version

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(run, plans))
    assert set(numbers) == {1}
    assert cloud.versions("deps") == [1]


def test_permissions_are_private_unless_named(cloud: Cloud, layer_zip: Path) -> None:
    assert publish(plan(layer_zip, regions=("us-east-1",)), Aws()).ok
    service = LambdaRegion(Aws(), "us-east-1")
    assert service.policy("deps", 1) == ()
    grants = tuple(map(parse_grant, ("111122223333", "o-abcdefghij", "everyone")))
    shared = Details(compatible=FIT.compatible, grants=grants)
    second = plan(layer_zip, shared, regions=("us-east-1",))
    assert second.regions[0].action is Action.SHARE
    assert publish(second, Aws()).ok
    given = {statement["Sid"]: statement for statement in service.policy("deps", 1)}
    assert set(given) == {grant.statement for grant in grants}
    assert given["layerwright-account-111122223333"]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert given["layerwright-everyone"]["Principal"] == "*"
    assert plan(layer_zip, shared, regions=("us-east-1",)).regions[0].action is Action.NOTHING
    assert cloud.versions("deps") == [1]


@pytest.fixture(scope="module")
def large_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.zip"
    data = {"python/big/__init__.py": "", "python/big/data.bin": os.urandom(60 << 20)}
    path.write_bytes(zip_bytes(data, compression=0))
    return path


def test_a_zip_of_60_mb_goes_through_a_bucket_that_is_made(cloud: Cloud, large_zip: Path) -> None:
    made = plan(large_zip, regions=("eu-west-1",))
    (region,) = made.regions
    assert region.bucket is not None
    assert region.bucket.to_make
    assert region.bucket.name == f"layerwright-{ACCOUNT}-eu-west-1"
    result = publish(made, Aws())
    assert result.ok, result.regions[0].problem
    assert result.regions[0].version is not None
    assert result.regions[0].version.sha256 == made.file.sha256
    parts = [path for _, method, path in cloud.calls if method == "PUT" and path.endswith(".zip")]
    assert len(parts) == 8  # of 8 MB each
    s3 = cloud.client("s3", "eu-west-1")
    assert "Contents" not in s3.list_objects_v2(Bucket=region.bucket.name)
    closed = s3.get_public_access_block(Bucket=region.bucket.name)["PublicAccessBlockConfiguration"]
    assert set(closed.values()) == {True}
    second = plan(large_zip, regions=("eu-west-1",))
    assert second.regions[0].action is Action.NOTHING


def test_an_upload_tells_how_far_it_is(
    cloud: Cloud, large_zip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["publish", str(large_zip), "--name", "deps", "--target", "python3.12-x86_64", "-v"]
    assert main([*words, "--region", "us-east-1", "--region", "eu-west-1"]) == 0
    said = capsys.readouterr().err
    for region in ("us-east-1", "eu-west-1"):
        (line,) = re.findall(rf"upload to {region}: [0-9.]+ s, ([0-9,]+) bytes", said)
        assert int(line.replace(",", "")) == large_zip.stat().st_size


def test_a_named_bucket_has_to_be_there_and_in_the_region(cloud: Cloud, large_zip: Path) -> None:
    (region,) = plan(large_zip, regions=("us-east-1",), bucket="artifacts").regions
    assert "the bucket artifacts does not exist" in str(region.problem)
    s3 = cloud.client("s3", "eu-west-1")
    s3.create_bucket(
        Bucket="artifacts-eu-west-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    (there,) = plan(large_zip, regions=("eu-west-1",), bucket="artifacts-{region}").regions
    assert there.bucket is not None
    assert not there.bucket.to_make
    (elsewhere,) = plan(large_zip, regions=("us-east-1",), bucket="artifacts-eu-west-1").regions
    assert "is in eu-west-1" in str(elsewhere.problem)


def test_an_upload_that_fails_leaves_nothing_in_the_bucket(cloud: Cloud, large_zip: Path) -> None:
    cloud.fail("CodeStorageExceededException", "Code storage limit exceeded.", method="POST", path="/layers/")
    (region,) = publish(plan(large_zip, regions=("us-east-1",)), Aws()).regions
    assert region.outcome is Outcome.FAILED
    assert region.problem is not None
    assert "prune" in (region.problem.hint or "")
    s3 = cloud.client("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket=f"layerwright-{ACCOUNT}-us-east-1")


def test_more_runtimes_than_aws_takes_are_refused_before_anything_is_asked(
    cloud: Cloud, layer_zip: Path
) -> None:
    many = Details(
        compatible=Compatibility(
            runtimes=tuple(f"python3.{minor}" for minor in range(16)), architectures=("x86_64",)
        )
    )
    with pytest.raises(UsageError, match="at most 15 compatible runtimes, not 16"):
        plan(layer_zip, many)
    assert not cloud.calls


@pytest.mark.parametrize(
    ("code", "status", "says", "hint"),
    [
        ("ExpiredTokenException", 403, "the credentials have expired", "aws sso login"),
        ("UnrecognizedClientException", 403, "does not accept the credentials", "get-caller-identity"),
        ("AccessDeniedException", 403, "is not allowed", "needs lambda:ListLayerVersions"),
        ("ServiceException", 400, "failed: it broke (ServiceException)", ""),
    ],
)
def test_a_refusal_names_the_call_and_what_is_missing(
    cloud: Cloud, layer_zip: Path, code: str, status: int, says: str, hint: str
) -> None:
    cloud.fail(code, "it broke", status=status)
    (region,) = plan(layer_zip, regions=("us-east-1",)).regions
    assert isinstance(region.problem, AwsError)
    assert str(region.problem).startswith("lambda:ListLayerVersions in us-east-1")
    assert says in str(region.problem)
    assert hint in (region.problem.hint or "")


def test_throttling_is_tried_again(cloud: Cloud, layer_zip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.fail("TooManyRequestsException", "Rate exceeded", status=429, times=2)
    assert publish(plan(layer_zip, regions=("us-east-1",)), Aws()).ok
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    cloud.fail("TooManyRequestsException", "Rate exceeded", status=429)
    (region,) = plan(layer_zip, regions=("us-east-1",)).regions
    assert "still throttled after 2 tries" in str(region.problem)


def test_missing_credentials_are_told(cloud: Cloud, layer_zip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (region,) = plan(layer_zip, regions=("us-east-1",)).regions
    assert "lambda:ListLayerVersions in us-east-1: no credentials were found" in str(region.problem)
    assert "AWS_PROFILE" in (region.problem.hint if region.problem else None or "")
    assert not cloud.calls


def test_an_endpoint_that_does_not_answer_is_told(
    cloud: Cloud, layer_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (region,) = plan(layer_zip, regions=("us-east-1",)).regions
    assert "no answer from AWS" in str(region.problem)


def test_a_profile_that_is_not_there_is_told(cloud: Cloud) -> None:
    with pytest.raises(UsageError, match=r"profile \(nobody\) could not be found"):
        Aws(profile="nobody").default_region()
    with pytest.raises(UsageError, match="in which region"):
        Aws().default_region()


def test_the_region_is_boto3s_or_that_of_other_sdks(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert Aws().default_region() == "eu-west-3"
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert Aws().default_region() == "eu-west-2"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Aws().default_region() == "eu-west-1"


@pytest.mark.parametrize(
    "words",
    [
        ["publish", "layer.zip", "--name", "deps", "--region", "us-east-1"],
        ["use", "deps", "--function", "api", "--region", "us-east-1"],
        ["prune", "--name", "deps", "--keep", "1", "--region", "us-east-1"],
        ["check", "function:api", "--region", "us-east-1"],
    ],
)
def test_without_boto3_each_command_says_what_to_install(
    words: list[str], layer_zip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(layer_zip.parent)
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "error: boto3 is not installed" in said
    assert "hint: pip install boto3" in said


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_plans_and_publishes(
    cloud: Cloud, layer_zip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    words = ["publish", str(layer_zip), "--name", "deps", "--target", "python3.11-x86_64"]
    assert main([*words, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "eu-central-1  publish a version; none is there yet" in shown
    assert "shared with nobody" in shown
    assert not cloud.versions("deps", "eu-central-1")
    assert main(words) == 0
    assert f"published  arn:aws:lambda:eu-central-1:{ACCOUNT}:layer:deps:1" in capsys.readouterr().out
    assert main([*words, "--format", "json"]) == 0
    (layer,) = json.loads(capsys.readouterr().out)["layers"]
    (region,) = layer["regions"]
    assert (region["action"], region["outcome"], region["version"]) == ("nothing", "there", 1)
    assert layer["runtimes"] == ["python3.11"]
    assert layer["architectures"] == ["x86_64"]


def test_why_a_region_cannot_be_asked_is_told_once(
    cloud: Cloud, layer_zip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "<html><title>502 Bad\nGateway</title><h1>nginx</h1></html>"
    cloud.fail("ServiceException", page, region="us-east-1")
    words = ["publish", str(layer_zip), "--name", "deps", "--region", "us-east-1"]
    assert main(words) == 7
    shown = capsys.readouterr()
    assert "us-east-1  can't be asked\n" in shown.err
    assert "us-east-1  failed: lambda:ListLayerVersions in us-east-1 failed: 502 Bad Gateway" in shown.out
    assert main([*words, "--dry-run"]) == 7
    assert "can't be asked: lambda:ListLayerVersions" in capsys.readouterr().out


def test_the_command_says_which_region_failed_and_ends_with_7(
    cloud: Cloud, layer_zip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.fail("AccessDeniedException", "not authorized", status=403, region="eu-west-1", method="POST")
    words = ["publish", str(layer_zip), "--name", "deps", "--region", "us-east-1", "--region", "eu-west-1"]
    assert main(words) == 7
    out = capsys.readouterr().out
    assert "us-east-1  published" in out
    assert "eu-west-1  failed: lambda:PublishLayerVersion in eu-west-1 is not allowed" in out


def test_what_the_checks_refuse_is_not_published(
    cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from factories.layers import distribution

    path = tmp_path / "broken.zip"
    path.write_bytes(
        zip_bytes(
            distribution(
                "caller",
                files={"caller/__init__.py": "import absent_module_x\n"},
                requires=("absent-module-x",),
            )
        )
    )
    words = ["publish", str(path), "--name", "deps", "--target", "python3.11-x86_64", "--region", "us-east-1"]
    assert main(words) == 1
    assert "metadata-missing-dependency" in capsys.readouterr().err
    assert not cloud.versions("deps")
    assert main([*words, "--allow-findings"]) == 0
    assert cloud.versions("deps") == [1]
