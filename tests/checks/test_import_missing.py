import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "import-missing"

LAYER = distribution("requests", files={"requests/__init__.py": "", "requests/api.py": ""})


def judged(source, handler="app.handler", **more):
    return judge(ID, LAYER, function={"app.py": source, **more}, handler=handler)


@pytest.mark.parametrize(
    "source",
    [
        "import requests, json, os.path, boto3, botocore.config\n",
        "from requests import api, get\nfrom requests.api import x\n",
        "import xml.etree.ElementTree\nfrom concurrent.futures import ThreadPoolExecutor\n",
        "try:\n    import gone\nexcept ImportError:\n    gone = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gone\n",
        "import sys\nif sys.platform == 'win32':\n    import winreg\n",
        "import helper\nfrom helper import value\nfrom pkg import inner\n",
    ],
)
def test_passes_what_is_found(source):
    more = {
        "helper.py": "value = 1\n",
        "pkg/__init__.py": "",
        "pkg/inner.py": "from . import other\n",
        "pkg/other.py": "",
    }
    assert not judged(source, **more).findings


def test_passes_what_the_handler_does_not_reach():
    assert not judged(
        "import json\n", **{"unused.py": "import gone\n", "tests/test_app.py": "import pytest\n"}
    ).findings


def test_passes_what_packages_in_the_function_import():
    vendored = {
        path.removeprefix("python/"): data
        for path, data in distribution("v", files={"v/__init__.py": "import gone"}).items()
    }
    assert not judged("import v\n", **vendored).findings


def test_finds_a_module_that_is_nowhere():
    (finding,) = judged("import requests\nimport yaml\n").findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "No module named 'yaml' (app.py:2 imports it)"
    assert (finding.layer, finding.path) == ("src", "app.py")
    assert finding.fix == "layerwright build pyyaml --target python3.11-x86_64"


def test_the_fix_is_for_what_is_missing():
    def fix(source, target="python3.11-x86_64", **more):
        function = {"app.py": source, **more}
        (finding,) = judge(ID, LAYER, function=function, handler="app.handler", target=target).findings
        return finding.fix

    assert fix("import lib.gone\n", **{"lib/__init__.py": ""}) == (
        "Correct the import, or add the module: lib is the function's own."
    )
    assert "Python 3.11 or later" in fix("import tomllib\n", target="python3.10-x86_64")
    assert "Python 3.11 was the last" in fix("import distutils\n", target="python3.12-x86_64")


def test_finds_it_in_modules_that_the_handler_reaches():
    (finding,) = judged(
        "from pkg import inner\n", **{"pkg/__init__.py": "", "pkg/inner.py": "from requests.gone import x\n"}
    ).findings
    assert "'requests.gone' (pkg/inner.py:1" in finding.message


def test_finds_it_in_all_modules_where_no_handler_is_named():
    assert judged("import json\n", handler=None, **{"unused.py": "import gone\n"}).findings


def test_what_runs_later_is_a_warning():
    for source in ("def f():\n    import gone\n", "if setting:\n    import gone\n"):
        (finding,) = judged(source).findings
        assert finding.severity is Severity.WARNING


def test_finds_parts_of_a_namespace():
    layer = distribution("google-auth", files={"google/auth/__init__.py": ""})
    (finding,) = judge(ID, layer, function={"app.py": "from google import auth, storage\n"}).findings
    assert "'google.storage'" in finding.message


def test_finds_names_that_the_functions_own_module_lacks():
    (finding,) = judged("from helper import value, gone\n", **{"helper.py": "value = 1\n"}).findings
    assert finding.message == "cannot import name 'gone' from 'helper' (app.py:1 imports it)"


def test_finds_relative_imports_at_the_top():
    (finding,) = judged("from .helper import value\n", **{"helper.py": "value = 1\n"}).findings
    assert "attempted relative import" in finding.message


def test_modules_of_the_other_pythons_are_not_there():
    assert judge(ID, function={"app.py": "import tomllib\n"}, target="python3.10-x86_64").findings
    assert not judge(ID, function={"app.py": "import tomllib\n"}).findings
