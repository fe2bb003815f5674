from factories import elves
from factories.elves import elf, extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "binary-not-elf"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_on_libraries_and_on_what_is_for_compilers():
    assert judge(package(extension("_fast"), **{"pkg/libx.so": elves.linker_script()})) == ()


def test_finds_a_pointer_in_place_of_a_module():
    (finding,) = judge(package(elves.lfs_pointer()))
    assert finding.severity is Severity.ERROR
    assert "a Git LFS pointer" in finding.message


def test_finds_an_empty_file():
    (finding,) = judge(package(b""))
    assert finding.detail["loader"] == "file too short"


def test_finds_a_damaged_library_that_a_module_brings():
    data = extension("_fast", needed=("liba.so",), rpath="$ORIGIN")
    (finding,) = judge(package(data, **{"pkg/liba.so": elf()[:100]}))
    assert finding.severity is Severity.ERROR
    assert finding.detail["paths"] == ("python/pkg/liba.so", f"python/pkg/_fast.{SUFFIX}")


def test_a_file_that_nothing_loads_is_a_warning():
    (finding,) = judge(package(extension("_fast"), **{"pkg/libx.so": b"text"}))
    assert finding.severity is Severity.WARNING
