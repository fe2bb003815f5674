from factories.archives import change, write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-unreadable"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


def test_finds_members_beyond_the_file(tmp_path):
    path = change(write_zip(tmp_path / "layer.zip", GOOD), "python/a.py", central={"offset": 9_999_999})
    assert any(one.path == "python/a.py" and one.severity is Severity.ERROR for one in judged(path).findings)
