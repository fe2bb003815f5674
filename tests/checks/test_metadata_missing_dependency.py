from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-missing-dependency"


def test_passes_where_all_is_there():
    result = judge(ID, distribution("requests", requires=["certifi>=2017"]), distribution("certifi"))
    assert result.findings == ()
    assert result.ok


def test_finds_what_is_not_there():
    files = {"requests/__init__.py": "import json\nimport certifi\n"}
    (finding,) = judge(ID, distribution("requests", "2.32.0", files, requires=["certifi>=2017"])).findings
    assert finding.severity is Severity.ERROR
    assert "certifi" in finding.message
    assert "python/requests/__init__.py:2" in finding.message
    assert finding.fix == 'layerwright build "requests==2.32.0" --target python3.11-x86_64'


def test_one_finding_for_all_who_need_it():
    (finding,) = judge(
        ID,
        distribution("a", requires=["missing"]),
        distribution("b", requires=["missing>2"]),
        distribution("c"),
    ).findings
    assert finding.detail["required_by"] == ("a==1.0", "b==1.0")
    assert finding.detail["paths"] == ("python/a-1.0.dist-info/METADATA", "python/b-1.0.dist-info/METADATA")


def test_one_finding_for_all_that_a_package_lacks():
    needy = distribution(
        "a", files={"a/__init__.py": "import one\nimport two\n"}, requires=["one>1", "two", "three"]
    )
    (finding,) = judge(ID, needy, distribution("three")).findings
    assert finding.message == (
        "a==1.0 needs one>1 and two, and none of them is in the stack; python/a/__init__.py:1 imports one"
    )
    assert finding.detail["projects"] == ("one", "two")


def test_what_the_code_can_do_without_is_a_warning():
    files = {"a/__init__.py": "try:\n    import fast\nexcept ImportError:\n    fast = None\n"}
    (finding,) = judge(ID, distribution("a", files=files, requires=["fast"])).findings
    assert finding.severity is Severity.WARNING


def test_markers_are_judged_for_the_target():
    needy = distribution("a", requires=["tomli; python_version < '3.11'", "pywin32; sys_platform == 'win32'"])
    assert judge(ID, needy, target="python3.11-x86_64").ok
    (finding,) = judge(ID, needy, target="python3.10-x86_64").findings
    assert "tomli" in finding.message


def test_extras_that_were_asked_for_are_needed_also_through_others():
    parts = distribution("a", requires=["b[fast]"]), distribution("b", requires=["speed; extra == 'fast'"])
    assert "speed" in judge(ID, *parts).findings[0].message
    quiet = distribution("b", requires=["speed; extra == 'fast'"])
    assert judge(ID, quiet).ok
    assert not judge(ID, quiet, extras={"b": frozenset({"fast"})}).ok


def test_what_the_runtime_brings_is_there():
    assert judge(ID, distribution("a", requires=["boto3", "six"])).ok


def test_a_module_without_metadata_is_there():
    assert judge(ID, distribution("a", requires=["PyYAML"]), {"python/yaml/__init__.py": ""}).ok


def test_not_applicable_without_metadata():
    (unfit,) = judge(ID, {"python/a.py": ""}).not_applicable
    assert unfit.check == ID
