from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "sdk-partial"


def test_passes_all_or_nothing():
    assert not judge(ID, distribution("requests")).findings
    assert not judge(ID, distribution("boto3"), distribution("botocore"), distribution("s3transfer")).findings


def test_finds_boto3_without_botocore():
    (finding,) = judge(ID, distribution("boto3", "1.34.0"), distribution("s3transfer")).findings
    assert finding.severity is Severity.WARNING
    assert finding.message == "boto3==1.34.0, s3transfer==1.0 in the stack, botocore from the runtime"


def test_botocore_alone_is_only_told_until_something_needs_boto3():
    alone = distribution("aiobotocore", requires=["botocore"]), distribution("botocore", "1.34.69")
    (finding,) = judge(ID, *alone).findings
    assert finding.severity is Severity.INFO
    (finding,) = judge(ID, *alone, distribution("x", requires=["boto3"])).findings
    assert finding.severity is Severity.WARNING
    (finding,) = judge(ID, *alone, function={"app.py": "import boto3\n"}).findings
    assert finding.severity is Severity.WARNING
    (finding,) = judge(ID, *alone, function={"app.py": "import botocore\n"}).findings
    assert finding.severity is Severity.INFO


def test_not_applicable_where_the_runtime_brings_none():
    assert judge(ID, distribution("boto3"), bundled=()).not_applicable
