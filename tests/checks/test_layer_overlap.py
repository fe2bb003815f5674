from factories.layers import judge, part
from layerwright.checks.finding import Severity

ID = "layer-overlap"


def test_passes_equal_files_and_single_layers():
    one = {"python/a.py": "x", "python/a-1.dist-info/METADATA": "1"}
    assert not judge(
        ID, part(one, name="a"), part({**one, "python/a-1.dist-info/METADATA": "2"}, name="b")
    ).findings


def test_finds_files_that_are_replaced():
    (finding,) = judge(
        ID, part({"python/a.py": "x"}, name="a"), part({"python/a.py": "y"}, name="b")
    ).findings
    assert finding.severity is Severity.INFO
    assert finding.layer == "b"
    assert finding.message == "1 file of a is replaced by others"
