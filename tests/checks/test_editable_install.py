from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "editable-install"

EDITABLE = {"direct_url.json": '{"url": "file:///home/me/mylib", "dir_info": {"editable": true}}'}


def test_passes_an_ordinary_install():
    local = {"direct_url.json": '{"url": "file:///home/me/mylib", "dir_info": {}}'}
    assert not judge(ID, distribution("mylib", extra=local)).findings


def test_passes_pth_files_that_lead_within_the_layer():
    files = {"python/a.pth": "import os; os.environ\nvendored\n# /home/me\n", "python/vendored/x.py": ""}
    assert not judge(ID, files).findings


def test_finds_an_editable_install():
    (finding,) = judge(
        ID, distribution("mylib", files={"_mylib.pth": "/home/me/mylib/src\n"}, extra=EDITABLE)
    ).findings[:1]
    assert finding.severity is Severity.ERROR
    assert "mylib==1.0 is an editable install" in finding.message


def test_finds_the_hooks_of_setuptools():
    files = {
        "__editable__.mylib-1.0.pth": "import __editable___mylib_1_0_finder\n",
        "__editable___mylib_1_0_finder.py": "",
    }
    (finding,) = judge(ID, distribution("mylib", files=files)).findings
    assert finding.severity is Severity.ERROR
    assert finding.detail["paths"] == (
        "python/__editable__.mylib-1.0.pth",
        "python/__editable___mylib_1_0_finder.py",
    )


def test_a_pth_file_that_leads_out_is_a_warning():
    (finding,) = judge(ID, {"python/dev.pth": "/home/me/mylib/src\n"}).findings
    assert finding.severity is Severity.WARNING
    assert "/home/me/mylib/src" in finding.message
