from factories.archives import change, write_zip
from factories.layers import judge
from layerwright.checks.finding import Severity
from layerwright.layer.read import read_layer

ID = "archive-encrypted"

GOOD = {"python/a.py": b"x = 1\n" * 50, "python/b.py": b"y = 2\n" * 50}


def judged(path):
    return judge(ID, read_layer(path))


def test_passes_an_ordinary_zip(tmp_path):
    assert not judged(write_zip(tmp_path / "layer.zip", GOOD)).findings


def test_finds_encrypted_members(tmp_path):
    path = change(
        write_zip(tmp_path / "layer.zip", GOOD), "python/b.py", local={"flags": 1}, central={"flags": 1}
    )
    (finding,) = judged(path).findings
    assert finding.severity is Severity.ERROR
    assert finding.path == "python/b.py"
