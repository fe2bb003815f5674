import pytest

from factories.layers import judge, part
from layerwright.checks.finding import Severity

ID = "path-conflict"


def test_passes_layers_that_fit():
    assert not judge(
        ID, part({"python/a/x.py": ""}, name="a"), part({"python/a/y.py": "", "python/b": ""}, name="b")
    ).findings


@pytest.mark.parametrize("order", [1, -1])
def test_finds_a_file_where_another_has_a_folder(order):
    parts = [part({"python/requests": ""}, name="a"), part({"python/requests/__init__.py": ""}, name="b")][
        ::order
    ]
    (finding,) = judge(ID, *parts).findings
    assert finding.severity is Severity.ERROR
    assert (finding.layer, finding.path) == ("a", "python/requests")


def test_finds_it_within_one_layer():
    assert "the same layer" in judge(ID, {"python/a": "", "python/a/b.py": ""}).findings[0].message
