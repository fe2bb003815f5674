"""Old versions go; those that somebody uses never do."""

from __future__ import annotations

import json

import pytest

from factories.cloud import ACCOUNT, Cloud
from factories.zips import zip_bytes
from layerwright.cli.main import main
from layerwright.errors import UsageError
from layerwright.ship.aws import Aws
from layerwright.ship.prune import Reason, plan_prune, prune


def arn(version: int, region: str = "us-east-1") -> str:
    return f"arn:aws:lambda:{region}:{ACCOUNT}:layer:deps:{version}"


@pytest.fixture
def eight(cloud: Cloud) -> Cloud:
    """Eight versions; 2 is used by a function, 3 by a published version of one, 4 is shared."""
    for number in range(8):
        cloud.publish("deps", zip_bytes({"python/a.py": f"A = {number}"}))
    cloud.function("now", layers=[arn(2)])
    cloud.function("then", layers=[arn(3)])
    service = cloud.client("lambda")
    service.publish_version(FunctionName="then")
    service.update_function_configuration(FunctionName="then", Layers=[arn(8)])
    service.add_layer_version_permission(
        LayerName="deps",
        VersionNumber=4,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal="111122223333",
    )
    return cloud


def test_only_what_nobody_uses_is_deleted(eight: Cloud) -> None:
    (plan,) = plan_prune("deps", Aws(), keep=3, regions=["us-east-1"])
    fates = {item.version.version: item.reason for item in plan.versions}
    assert fates[2] is Reason.USED
    assert fates[4] is Reason.SHARED
    assert {number for number, reason in fates.items() if reason is Reason.NEWEST} == {6, 7, 8}
    used = {item.version.version: item.users for item in plan.versions}
    assert used[2] == ("now",)
    assert eight.versions("deps") == list(range(1, 9))
    (result,) = prune([plan], Aws())
    assert set(result.deleted) >= {1, 5}
    assert not {2, 4, 6, 7, 8} & set(result.deleted)
    assert eight.versions("deps") == [n for n in range(1, 9) if n not in result.deleted]


def test_a_version_used_by_a_published_version_of_a_function_stays(eight: Cloud) -> None:
    # moto changes the layers of published versions with those of $LATEST; Lambda keeps them, so ours is asked directly.
    (plan,) = plan_prune("deps", Aws(), keep=1, regions=["us-east-1"])
    users = {item.version.version: item.users for item in plan.versions}
    assert any("then" in user for names in users.values() for user in names)


def test_a_shared_version_goes_only_when_asked(eight: Cloud) -> None:
    (plan,) = plan_prune("deps", Aws(), keep=3, regions=["us-east-1"], shared_too=True)
    assert {item.version.version for item in plan.versions if item.goes} >= {1, 4, 5}


def test_a_version_that_a_function_began_to_use_after_the_plan_stays(eight: Cloud) -> None:
    (plan,) = plan_prune("deps", Aws(), keep=3, regions=["us-east-1"])
    assert 1 in {item.version.version for item in plan.versions if item.goes}
    eight.function("late", layers=[arn(1)])
    (result,) = prune([plan], Aws())
    assert 1 not in result.deleted
    assert 5 in result.deleted


def test_at_least_one_version_is_kept(cloud: Cloud) -> None:
    with pytest.raises(UsageError, match="at least the newest"):
        plan_prune("deps", Aws(), keep=0, regions=["us-east-1"])


def test_where_functions_cannot_be_listed_nothing_is_deleted(eight: Cloud) -> None:
    eight.fail("AccessDeniedException", "no", status=403, path="/functions")
    (plan,) = plan_prune("deps", Aws(), keep=3, regions=["us-east-1"])
    (result,) = prune([plan], Aws())
    assert "lambda:ListFunctions" in str(result.problem)
    assert eight.versions("deps") == list(range(1, 9))


def test_the_command(eight: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["prune", "--name", "deps", "--keep", "3", "--region", "us-east-1"]
    assert main([*words, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "    5  delete" in out
    assert "    2  keep: used by now" in out
    assert main([*words, "--format", "json"]) == 0
    (region,) = json.loads(capsys.readouterr().out)["regions"]
    kept = [item["version"] for item in region["versions"] if not item["deleted"]]
    assert {2, 4, 6, 7, 8} <= set(kept)
    assert eight.versions("deps") == sorted(kept)
    assert main(["prune", "--name", "nothing", "--keep", "3", "--region", "us-east-1"]) == 0
