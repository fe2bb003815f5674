from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "path-case-clash"


def test_passes_names_that_differ():
    assert not judge(
        ID, {"python/Crypto/__init__.py": "", "python/other/__init__.py": "", "python/README": ""}
    ).findings


def test_finds_names_that_differ_in_case_alone():
    (finding,) = judge(ID, {"python/README": "", "python/readme": "", "python/Readme": ""}).findings
    assert finding.severity is Severity.INFO
    assert finding.detail["paths"] == ("python/README", "python/Readme", "python/readme")
