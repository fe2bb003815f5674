import pytest

from factories.archives import write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-unsafe-name"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


@pytest.mark.parametrize(
    "name", ["../evil.py", "/etc/passwd", "python\\\\app.py", "C:/app.py", "python/../../x"]
)
def test_finds_names_that_are_no_path_below_the_layer(tmp_path, name):
    (finding,) = judged(write_zip(tmp_path / "layer.zip", {**GOOD, name: b""})).findings
    assert finding.severity is Severity.ERROR
    assert finding.path == name


def test_finds_special_files(tmp_path):
    path = write_zip(tmp_path / "layer.zip", {**GOOD, "python/pipe": b""}, modes={"python/pipe": 0o010644})
    assert judged(path).findings[0].path == "python/pipe"
