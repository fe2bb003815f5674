import zipfile

import pytest

from factories.archives import write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-unsupported-method"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_finds_other_methods(tmp_path, method):
    (finding,) = judged(write_zip(tmp_path / "layer.zip", GOOD, method=method)).findings
    assert finding.severity is Severity.ERROR
    assert finding.detail["paths"] == ("python/a.py", "python/b.py")
