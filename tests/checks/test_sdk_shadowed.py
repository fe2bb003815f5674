from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "sdk-shadowed"


def test_passes_a_stack_without_them():
    assert not judge(ID, distribution("requests")).findings


def test_finds_own_copies():
    (finding,) = judge(ID, distribution("urllib3", "2.5.0"), distribution("six", "1.17.0")).findings
    assert finding.severity is Severity.INFO
    assert finding.message == "six==1.17.0, urllib3==2.5.0 are used instead of what the runtime brings"
