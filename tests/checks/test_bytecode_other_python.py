import pytest

from factories.layers import judge, pyc
from layerwright.checks.finding import Severity

ID = "bytecode-other-python"


def test_passes_bytecode_of_the_target_and_sources():
    files = {"python/a.py": "", "python/__pycache__/a.cpython-311.pyc": pyc(3495), "python/b.pyc": pyc(3495)}
    assert not judge(ID, files).findings


def test_finds_dead_weight():
    (finding,) = judge(ID, {"python/a.py": "", "python/__pycache__/a.cpython-39.pyc": pyc(3425)}).findings
    assert finding.severity is Severity.WARNING
    assert "1 compiled files (16 bytes)" in finding.message


@pytest.mark.parametrize("data", [pyc(3425), b"", b"no bytecode at all"])
def test_finds_a_module_that_is_nothing_else(data):
    (finding,) = judge(ID, {"python/a.pyc": data}).findings
    assert finding.severity is Severity.ERROR
    assert not judge(ID, {"python/a.pyc": data, "python/a.py": ""}).findings
