import pytest

from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "junk-files"


def test_passes_files_of_packages():
    assert not judge(
        ID, {"python/a/_x.py": "", "python/a/.hidden": "", "python/git/__init__.py": ""}
    ).findings


@pytest.mark.parametrize(
    "path",
    [
        "__MACOSX/python/._a.py",
        "python/.DS_Store",
        "python/._a.py",
        "Thumbs.db",
        "python/.git/HEAD",
        "python/.a.py.swp",
    ],
)
def test_finds_leftovers(path):
    (finding,) = judge(ID, {path: "junk", "python/a.py": ""}).findings
    assert finding.severity is Severity.INFO
    assert finding.path == path


def test_much_of_it_is_a_warning():
    assert judge(ID, {"python/.git/pack": b"0" * (1 << 21)}).findings[0].severity is Severity.WARNING
