from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "extension-wrong-suffix"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_python_tries_the_suffix():
    for name in (f"_fast.{SUFFIX}", "_fast.abi3.so", "_fast.so"):
        assert judge(package(extension("_fast"), name=name)) == ()


def test_finds_another_minor_version():
    (finding,) = judge(package(extension("_fast"), name="_fast.cpython-310-x86_64-linux-gnu.so"))
    assert finding.severity is Severity.ERROR
    assert "is for Python 3.10, and python3.11-x86_64 never tries it" in finding.message


def test_finds_a_free_threaded_build():
    (finding,) = judge(
        package(extension("_fast"), name="_fast.cpython-313t-x86_64-linux-gnu.so"), target="python3.13-x86_64"
    )
    assert "a free-threaded Python" in finding.message


def test_finds_another_machine_s_tag():
    (finding,) = judge(package(extension("_fast"), name="_fast.cpython-311-aarch64-linux-gnu.so"))
    assert "is for aarch64" in finding.message


def test_others_beside_the_right_one_are_only_told():
    more = {"pkg/_fast.cpython-310-x86_64-linux-gnu.so": extension("_fast")}
    (finding,) = judge(package(extension("_fast"), **more))
    assert finding.severity is Severity.INFO


def test_a_fallback_makes_it_a_warning():
    more = {"pkg/_fast.py": ""}
    (finding,) = judge(package(extension("_fast"), name="_fast.cpython-310-x86_64-linux-gnu.so", **more))
    assert finding.severity is Severity.WARNING
