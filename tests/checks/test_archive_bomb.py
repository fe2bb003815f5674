from factories.archives import change, write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-bomb"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


def test_finds_sizes_that_no_layer_has(tmp_path):
    declared = {"size": 3_000_000_000}
    path = change(write_zip(tmp_path / "layer.zip", GOOD), "python/a.py", local=declared, central=declared)
    (finding,) = judged(path).findings
    assert finding.severity is Severity.ERROR
    assert "3,000,000,000 of them in python/a.py" in finding.message
