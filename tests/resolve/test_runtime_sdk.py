from __future__ import annotations

from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.resolve.runtime_sdk import RUNTIME_SDK, exclude_runtime_sdk
from layerwright.targets import parse_target

REQUIRES = {
    "boto3": ["botocore<1.41,>=1.40", "jmespath<2", "s3transfer"],
    "botocore": ["jmespath", "python-dateutil", "urllib3>=1.25.4"],
    "s3transfer": ["botocore", "botocore[crt]; extra == 'crt'"],
    "python-dateutil": ["six>=1.5"],
    "requests": ["urllib3 (<3,>=1.21.1)", "PySocks; extra == 'socks'"],
}


def _lock(*names: str) -> Lock:
    artifact = Artifact(kind=ArtifactKind.WHEEL, filename="x", location="https://e.org/x", sha256="0" * 64)
    packages = tuple(LockedPackage(name=name, version="1", artifact=artifact) for name in sorted(names))
    return Lock(target=parse_target("python3.11-x86_64"), packages=packages)


def _names(lock: Lock) -> set[str]:
    return {package.name for package in lock.packages}


def test_the_whole_family_goes_where_nothing_needs_it() -> None:
    exclusion = exclude_runtime_sdk(_lock(*RUNTIME_SDK, "pillow"), REQUIRES)
    assert _names(exclusion.lock) == {"pillow"}
    assert set(exclusion.dropped) == RUNTIME_SDK
    assert str(exclusion).startswith("left out boto3, botocore, ")


def test_what_another_package_needs_stays() -> None:
    exclusion = exclude_runtime_sdk(_lock(*RUNTIME_SDK, "requests"), REQUIRES)
    assert _names(exclusion.lock) == {"requests", "urllib3"}
    assert exclusion.kept == {"urllib3": ("requests",)}
    assert "kept urllib3: requests needs it" in str(exclusion)


def test_what_is_needed_by_what_stays_stays_too() -> None:
    requires = {**REQUIRES, "tool": ["boto3"]}
    exclusion = exclude_runtime_sdk(_lock(*RUNTIME_SDK, "tool"), requires)
    assert _names(exclusion.lock) == {*RUNTIME_SDK, "tool"}
    assert exclusion.dropped == ()
    assert exclusion.kept["six"] == ("python-dateutil",)


def test_markers_and_extras_are_those_of_the_layer() -> None:
    requires = {
        **REQUIRES,
        "tool": ["boto3; sys_platform == 'win32'", "six; extra == 'old'", "not a requirement !"],
    }
    lock = _lock(*RUNTIME_SDK, "tool")
    assert _names(exclude_runtime_sdk(lock, requires).lock) == {"tool"}
    asked = {"tool": frozenset({"old"})}
    assert _names(exclude_runtime_sdk(lock, requires, extras=asked).lock) == {"six", "tool"}
    through = {**requires, "user": ["tool[old]"]}
    assert _names(exclude_runtime_sdk(_lock(*RUNTIME_SDK, "tool", "user"), through).lock) == {
        "six",
        "tool",
        "user",
    }


def test_what_the_runtime_does_not_bring_stays() -> None:
    exclusion = exclude_runtime_sdk(_lock("boto3", "six"), REQUIRES, bundled=frozenset({"boto3", "pip"}))
    assert _names(exclusion.lock) == {"six"}


def test_nothing_to_drop() -> None:
    exclusion = exclude_runtime_sdk(_lock("pillow"), {})
    assert exclusion.lock == _lock("pillow")
    assert str(exclusion) == "nothing of the runtime's SDK is in this layer"
