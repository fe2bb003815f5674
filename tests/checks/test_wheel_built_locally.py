from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "wheel-built-locally"


def test_passes_wheels_with_a_policy():
    assert not judge(
        ID, distribution("a"), distribution("b", tags=["cp311-cp311-manylinux_2_17_x86_64"])
    ).findings


def test_finds_local_builds():
    (finding,) = judge(ID, distribution("numpy", "1.26.4", tags=["cp311-cp311-linux_x86_64"])).findings
    assert finding.severity is Severity.INFO
    assert finding.fix == 'layerwright build "numpy==1.26.4" --target python3.11-x86_64'
