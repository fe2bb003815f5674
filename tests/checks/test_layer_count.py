from factories.layers import judge, part
from layerwright.checks.finding import Severity

ID = "layer-count"


def test_passes_five_layers():
    assert not judge(ID, *(part({f"python/{n}.py": ""}, name=str(n)) for n in range(5))).findings


def test_finds_the_sixth():
    (finding,) = judge(ID, *(part({f"python/{n}.py": ""}, name=str(n)) for n in range(6))).findings
    assert finding.severity is Severity.ERROR
    assert finding.layer == "5"
