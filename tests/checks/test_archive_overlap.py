import zipfile

from factories.archives import change, write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-overlap"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


def test_finds_members_that_share_bytes(tmp_path):
    path = write_zip(tmp_path / "layer.zip", {"python/a.py": b"0" * 999, "python/b.py": b"0" * 999})
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("python/a.py").header_offset
    (finding,) = judged(change(path, "python/b.py", central={"offset": start})).findings
    assert finding.severity is Severity.ERROR
