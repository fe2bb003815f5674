import zipfile

import pytest

from factories.archives import write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-duplicate-name"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


def test_finds_a_name_that_is_there_twice(tmp_path):
    path = write_zip(tmp_path / "layer.zip", GOOD)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("python/a.py", "other")
    (finding,) = judged(path).findings
    assert finding.severity is Severity.WARNING
    assert finding.path == "python/a.py"
