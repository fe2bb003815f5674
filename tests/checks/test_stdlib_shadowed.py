from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "stdlib-shadowed"


def test_passes_names_of_ones_own():
    assert not judge(
        ID, {"python/app.py": "", "python/pkg/typing.py": "", "python/test/__init__.py": ""}
    ).findings


def test_passes_a_folder_that_hides_nothing():
    assert not judge(ID, {"python/logging/readme.txt": ""}).findings


def test_passes_what_is_no_longer_in_this_python():
    layer = {"python/distutils/__init__.py": ""}
    assert not judge(ID, layer, target="python3.12-x86_64").findings
    assert judge(ID, layer, target="python3.11-x86_64").findings


def test_finds_a_breaking_backport():
    (finding,) = judge(ID, distribution("enum34", "1.1.10", {"enum/__init__.py": ""})).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "python/enum/__init__.py of enum34==1.1.10 hides the standard library's enum"
    assert finding.fix == "Drop enum34; enum is part of Python."


def test_finds_the_functions_own():
    (finding,) = judge(ID, function={"logging.py": "", "app.py": ""}).findings
    assert finding.severity is Severity.WARNING
    assert (finding.layer, finding.path) == ("src", "logging.py")
