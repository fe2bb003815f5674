from factories.layers import judge, pyc, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "bytecode-stale"

CACHED = "python/__pycache__/a.cpython-311.pyc"


def test_passes_bytecode_that_goes_by_hash():
    for flags in (1, 3):
        assert not judge(ID, {"python/a.py": "", CACHED: pyc(3495, flags)}).findings


def test_passes_where_the_time_is_kept():
    one = subject({"python/a.py": "x", CACHED: pyc(3495, 0, 1_700_000_000, 1)})
    one.contents.modified = {"/opt/python/a.py": 1_700_000_000}
    assert not run_checks(one, select=[ID]).findings


def test_finds_bytecode_that_goes_by_time():
    (finding,) = judge(ID, {"python/a.py": "x", CACHED: pyc(3495, 0, 1_700_000_000, 1)}).findings
    assert finding.severity is Severity.WARNING


def test_bytecode_of_another_python_is_not_its_matter():
    assert not judge(ID, {"python/a.py": "", "python/__pycache__/a.cpython-39.pyc": pyc(3425, 0)}).findings
