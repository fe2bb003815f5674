import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "layout-not-searched"


def test_passes_what_is_searched():
    assert not judge(
        ID, distribution("a"), distribution("b", site="python/lib/python3.11/site-packages")
    ).findings


def test_passes_copies_that_a_package_brings():
    vendored = {
        "python/setuptools/__init__.py": "",
        "python/setuptools/_vendor/wheel-0.45.dist-info/METADATA": "Name: wheel",
    }
    assert not judge(ID, vendored).findings


def test_passes_the_folder_of_another_version():
    assert not judge(ID, distribution("a", site="python/lib/python3.7/site-packages")).findings


@pytest.mark.parametrize(
    "site",
    [
        "site-packages",
        "lib/python3.11/site-packages",
        "python/lib64/python3.11/site-packages",
        "python/python",
        "python/site-packages",
        "layer/python",
        "Python",
    ],
)
def test_finds_folders_that_nobody_searches(site):
    (finding,) = judge(ID, distribution("numpy", site=site)).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == f"numpy stands in {site}, where Python doesn't look"


def test_finds_them_without_metadata():
    (finding,) = judge(ID, {"site-packages/numpy/__init__.py": ""}).findings
    assert finding.path == "site-packages/numpy/__init__.py"


def test_names_what_would_be_imported():
    layer = distribution("psycopg2-binary", files={"psycopg2/__init__.py": ""}, site="layer/python")
    (finding,) = judge(ID, layer).findings
    assert finding.message == "psycopg2 stands in layer/python, where Python doesn't look"
    assert finding.path == "layer/python/psycopg2/__init__.py"
