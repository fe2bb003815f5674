from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-not-loadable"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_on_libraries():
    assert judge(package(extension("_fast"))) == ()


def test_finds_an_object_file():
    (finding,) = judge(package(extension("_fast", type="relocatable")))
    assert finding.severity is Severity.ERROR
    assert "only ET_DYN and ET_EXEC can be loaded" in finding.message
