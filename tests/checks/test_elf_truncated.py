from factories import elves
from factories.elves import elf, extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-truncated"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_file_is_whole():
    assert judge(package(extension("_fast"))) == ()


def test_finds_a_file_that_is_cut_off():
    (finding,) = judge(package(elves.truncated(extension("_fast"), missing=100)))
    assert finding.severity is Severity.ERROR
    assert "100 bytes are missing" in finding.message


def test_finds_a_library_that_a_module_brings():
    data = extension("_fast", needed=("liba.so",), rpath="$ORIGIN")
    (finding,) = judge(package(data, **{"pkg/liba.so": elves.truncated(elf())}))
    assert finding.severity is Severity.ERROR
    assert finding.detail["paths"] == ("python/pkg/liba.so", f"python/pkg/_fast.{SUFFIX}")
