from factories.layers import distribution, judge
from layerwright.checks.finding import Severity
from layerwright.targets.runtime import BundledPackage

ID = "sdk-too-old"

SEEN = (
    BundledPackage(name="boto3", version="1.40.4", modules=("boto3",)),
    BundledPackage(name="botocore", version=None, modules=("botocore",)),
)


def test_passes_what_the_runtime_had():
    assert not judge(ID, distribution("a", requires=["boto3>=1.26"]), bundled=SEEN).findings


def test_passes_what_the_stack_has_or_nobody_knows():
    assert not judge(
        ID, distribution("a", requires=["boto3>=1.42"]), distribution("boto3", "1.42.0"), bundled=SEEN
    ).findings
    assert not judge(ID, distribution("a", requires=["botocore>=1.42"]), bundled=SEEN).findings


def test_finds_what_is_newer():
    (finding,) = judge(ID, distribution("a", requires=["boto3>=1.43"]), bundled=SEEN).findings
    assert finding.severity is Severity.WARNING
    assert "last seen with boto3 1.40.4" in finding.message
