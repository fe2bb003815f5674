import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "stdlib-removed"


def old(source, **more):
    return distribution("old", "0.95", {"old/__init__.py": source}, **more)


def test_passes_where_the_module_is_there():
    assert not judge(ID, old("import distutils\n"), target="python3.11-x86_64").findings
    assert not judge(
        ID, old("import distutils\n"), distribution("setuptools"), target="python3.12-x86_64"
    ).findings
    assert not judge(ID, old("import pkg_resources\n"), {"python/pkg_resources/__init__.py": ""}).findings


def test_passes_what_is_said_to_support_the_target():
    files = old("import distutils\n")
    files["python/old-0.95.dist-info/METADATA"] = files["python/old-0.95.dist-info/METADATA"].replace(
        b"\n\n", b"\nClassifier: Programming Language :: Python :: 3.12\n\n"
    )
    assert not judge(ID, files, target="python3.12-x86_64").findings


def test_passes_words_that_are_no_import():
    assert not judge(ID, old("# imp\nimp = 'distutils'\n"), target="python3.12-x86_64").findings


@pytest.mark.parametrize(
    ("source", "module", "target"),
    [
        ("from distutils.version import LooseVersion\n", "distutils", "python3.12-arm64"),
        ("import imp\n", "imp", "python3.12-x86_64"),
        ("import cgi, json\n", "cgi", "python3.13-x86_64"),
        ("import pkg_resources\n", "pkg_resources", "python3.14-x86_64"),
    ],
)
def test_finds_an_import_of_what_is_gone(source, module, target):
    (finding,) = judge(ID, old(source), target=target).findings
    assert finding.severity is Severity.ERROR
    assert f"imports {module} (python/old/__init__.py:1)" in finding.message


def test_pkg_resources_may_be_there_on_older_runtimes():
    assert judge(ID, old("import pkg_resources\n")).findings[0].severity is Severity.WARNING


def test_what_is_done_later_is_a_warning_and_what_is_guarded_nothing():
    assert (
        judge(ID, old("def f():\n    import imp\n"), target="python3.12-x86_64").findings[0].severity
        is Severity.WARNING
    )
    assert not judge(
        ID, old("try:\n    import imp\nexcept ImportError:\n    imp = None\n"), target="python3.12-x86_64"
    ).findings


FALLBACK = "try:\n    import audioop\nexcept ImportError:\n    import pyaudioop as audioop\n"


def test_a_fallback_that_is_not_there_either_is_none():
    (finding,) = judge(ID, old(FALLBACK), target="python3.13-x86_64").findings
    assert finding.severity is Severity.ERROR
    assert finding.fix == 'layerwright build "old==0.95" "audioop-lts" --target python3.13-x86_64'


@pytest.mark.parametrize(
    "source",
    [
        FALLBACK.replace("pyaudioop", "json"),
        "try:\n    import audioop\nexcept ImportError:\n    try:\n        import pyaudioop\n    except ImportError:\n        pass\n",
        "try:\n    import audioop\nexcept ImportError:\n    from . import own\n",
    ],
)
def test_passes_a_fallback_that_is_there(source):
    assert not judge(ID, old(source), target="python3.13-x86_64").findings


def test_a_fallback_inside_of_another_try_block_is_caught():
    source = (
        "try:\n"
        + "".join(f"    {line}\n" for line in FALLBACK.splitlines())
        + "except ImportError:\n    pass\n"
    )
    assert not judge(ID, old(source), target="python3.13-x86_64").findings
