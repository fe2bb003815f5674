from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-missing-file"


def without(files, *gone):
    return {path: data for path, data in files.items() if path not in gone}


def test_passes_when_all_is_there():
    assert not judge(ID, distribution("a", files={"a/__init__.py": "", "a/b.py": ""})).findings


def test_passes_without_bytecode_and_scripts():
    files = distribution(
        "a", files={"a/__init__.py": "", "a/__pycache__/x.cpython-311.pyc": "", "../bin/tool": ""}
    )
    assert not judge(
        ID, without(files, "python/a/__pycache__/x.cpython-311.pyc", "python/../bin/tool")
    ).findings


def test_finds_a_deleted_module_that_is_imported():
    files = {
        "numpy/__init__.py": "",
        "numpy/testing/__init__.py": "from numpy._core.tests._natype import pd_NA\n",
        "numpy/_core/__init__.py": "",
        "numpy/_core/tests/_natype.py": "",
        "numpy/_core/tests/__init__.py": "",
    }
    layer = without(
        distribution("numpy", "2.2.0", files),
        "python/numpy/_core/tests/_natype.py",
        "python/numpy/_core/tests/__init__.py",
    )
    findings = judge(ID, layer).findings
    errors = [one for one in findings if one.severity is Severity.ERROR]
    assert "numpy/testing/__init__.py:1 imports numpy._core.tests._natype" in errors[-1].message
    assert errors[-1].fix == 'layerwright build "numpy==2.2.0" --target python3.11-x86_64'


def test_an_import_that_is_guarded_needs_nothing():
    files = {
        "a/__init__.py": "try:\n    from . import _fast\nexcept ImportError:\n    pass\n",
        "a/_fast.py": "",
    }
    (finding,) = judge(ID, without(distribution("a", files=files), "python/a/_fast.py")).findings
    assert finding.severity is Severity.INFO


def test_an_import_in_a_function_is_a_warning():
    files = {"a/__init__.py": "def f():\n    from . import _orc\n", "a/_orc.py": ""}
    (finding,) = judge(ID, without(distribution("a", files=files), "python/a/_orc.py")).findings
    assert finding.severity is Severity.WARNING


def test_imports_over_several_lines_are_seen():
    files = {"a/__init__.py": "from a import (\n    b,\n    c,\n)\n", "a/b.py": "", "a/c.py": ""}
    (finding,) = judge(ID, without(distribution("a", files=files), "python/a/c.py")).findings
    assert finding.severity is Severity.ERROR


def test_deleted_tests_are_only_counted():
    files = {
        "a/__init__.py": "",
        "a/tests/__init__.py": "",
        "a/tests/test_a.py": "from a.tests import test_a",
        "a/a.pyi": "",
    }
    layer = without(
        distribution("a", files=files),
        "python/a/tests/__init__.py",
        "python/a/tests/test_a.py",
        "python/a/a.pyi",
    )
    (finding,) = judge(ID, layer).findings
    assert finding.severity is Severity.INFO
    assert finding.message == "3 files of a==1.0 are not there"


def test_deleted_data_is_a_warning():
    files = {"certifi/__init__.py": "", "certifi/cacert.pem": "x"}
    (finding,) = judge(
        ID, without(distribution("certifi", files=files), "python/certifi/cacert.pem")
    ).findings
    assert finding.severity is Severity.WARNING
    assert "cacert.pem" in finding.message
