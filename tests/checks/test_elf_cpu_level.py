from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-cpu-level"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_up_to_level_3():
    assert judge(package(extension("_fast", isa_needed=("x86-64-baseline", "x86-64-v2", "x86-64-v3")))) == ()


def test_finds_level_4():
    (finding,) = judge(package(extension("_fast", isa_needed=("x86-64-v4",))))
    assert finding.severity is Severity.WARNING
    assert "AVX-512" in finding.message
