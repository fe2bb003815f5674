import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "metadata-absent"

LOOKUP = "from importlib.metadata import version\n__version__ = version('stripe')\n"


def test_passes_a_package_with_metadata():
    assert not judge(ID, distribution("stripe", files={"stripe/__init__.py": LOOKUP})).findings


def test_passes_a_module_of_ones_own():
    findings = judge(ID, distribution("stripe"), {"python/shared.py": "import json\n"}).findings
    assert all(one.severity is Severity.INFO for one in findings)


def test_finds_a_lookup_of_what_was_deleted():
    error, note = judge(ID, {"python/stripe/__init__.py": LOOKUP}).findings
    assert error.severity is Severity.ERROR
    assert error.message == "python/stripe/__init__.py:2 asks for the metadata of stripe, which is not there"
    assert note.severity is Severity.INFO


def test_finds_a_lookup_through_pkg_resources():
    files = {
        "python/google/api_core/__init__.py": "import pkg_resources\nV = pkg_resources.get_distribution('google-api-core').version\n",
        "python/google_x.py": "",
    }
    assert judge(ID, files).findings[0].severity is Severity.INFO
    files = {
        "python/opencensus/__init__.py": "import pkg_resources\nV = pkg_resources.get_distribution('opencensus').version\n"
    }
    assert judge(ID, files).findings[0].severity is Severity.ERROR


def test_finds_a_lookup_by_another():
    other = distribution("other", files={"other/__init__.py": LOOKUP}, requires=["stripe"])
    error = judge(ID, other, {"python/stripe/__init__.py": ""}).findings[0]
    assert "other/__init__.py:2" in error.message


@pytest.mark.parametrize(
    "source",
    [
        "from importlib.metadata import version, PackageNotFoundError\ntry:\n    v = version('stripe')\nexcept PackageNotFoundError:\n    v = ''\n",
        "from importlib import metadata\ntry:\n    v = metadata.version('stripe')\nexcept Exception:\n    v = ''\n",
    ],
)
def test_a_lookup_that_is_guarded_needs_nothing(source):
    assert all(
        one.severity is Severity.INFO for one in judge(ID, {"python/stripe/__init__.py": source}).findings
    )


def test_passes_the_scripts_that_pip_puts_beside_packages():
    assert not judge(ID, distribution("jmespath"), {"python/bin/jp.py": "import jmespath\n"}).findings


def test_what_the_layout_s_checks_tell_of_is_not_told_again():
    for folder in ("lib/python3.10/site-packages", "lib64/python3.11/site-packages", "python"):
        files = distribution("pkg", files={"pkg/__init__.py": ""}, site=f"python/{folder}")
        assert judge(ID, files).findings == ()
