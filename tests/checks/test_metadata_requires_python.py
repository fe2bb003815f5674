import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-requires-python"


@pytest.mark.parametrize("wanted", [">=3.8", ">=3.11", ">=3.11.4", "<4,>=3.9", "!=3.0.*,>=2.7", "nonsense"])
def test_passes_what_takes_the_target(wanted):
    assert not judge(ID, distribution("a", requires_python=wanted)).findings


def test_finds_what_wants_a_newer_python():
    (finding,) = judge(
        ID, distribution("numpy", "2.3.0", requires_python=">=3.11"), target="python3.10-x86_64"
    ).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "numpy==2.3.0 wants Python >=3.11; python3.10 has 3.10"
    assert finding.fix == 'layerwright build "numpy" --target python3.10-x86_64'


def test_an_upper_bound_is_a_warning():
    (finding,) = judge(ID, distribution("old", requires_python=">=3.6,<3.10")).findings
    assert finding.severity is Severity.WARNING
