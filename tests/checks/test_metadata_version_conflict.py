from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-version-conflict"


def test_passes_when_versions_fit():
    assert not judge(ID, distribution("a", requires=["b>=1,<2"]), distribution("b", "1.5")).findings


def test_passes_a_prerelease_and_a_version_that_is_none():
    assert not judge(ID, distribution("a", requires=["b>=1"]), distribution("b", "1.5rc1")).findings
    assert not judge(ID, distribution("a", requires=["b>=1"]), distribution("b", "1.5-custom-build")).findings


def test_finds_a_version_that_another_refuses():
    (finding,) = judge(
        ID, distribution("pandas", "2.3.0", requires=["numpy>=1.23.2"]), distribution("numpy", "1.21.6")
    ).findings
    assert finding.severity is Severity.WARNING
    assert finding.message == "pandas==2.3.0 needs numpy>=1.23.2, and numpy==1.21.6 is in the stack"
    assert finding.path == "python/numpy-1.21.6.dist-info/METADATA"


def test_only_requirements_of_the_target_count():
    parts = distribution("a", requires=["b<1; python_version < '3.9'"]), distribution("b", "2.0")
    assert not judge(ID, *parts, target="python3.9-arm64").findings
    assert judge(ID, *parts, target="python3.8-arm64").findings
