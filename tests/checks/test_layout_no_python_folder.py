from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "layout-no-python-folder"


def test_passes_what_stands_in_python():
    assert not judge(
        ID, distribution("requests"), {"python/one.py": "", "bin/x": "", "lib/libx.so": ""}
    ).findings
    assert not judge(ID, {"python/lib/python3.11/site-packages/requests/__init__.py": ""}).findings


def test_passes_programs_and_other_things_at_the_top():
    assert not judge(
        ID, {"bin/tool.py": "", "extensions/agent": "", "share/x/__init__.py": "", "README.md": ""}
    ).findings


def test_passes_the_function_itself():
    assert not judge(ID, {"python/a.py": ""}, function={"app.py": "", "pkg/__init__.py": ""}).findings


def test_finds_packages_at_the_top():
    layer = {path.removeprefix("python/"): data for path, data in distribution("requests", "2.32.0").items()}
    (finding,) = judge(ID, {**layer, "six.py": ""}).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "requests, six stand at the top of the layer, where Python doesn't look"
    assert finding.path == "requests/__init__.py"


def test_finds_a_lone_module():
    assert judge(ID, {"six.py": ""}).findings[0].path == "six.py"
