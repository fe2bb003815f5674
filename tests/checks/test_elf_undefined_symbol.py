from factories.elves import elf, extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-undefined-symbol"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_interpreter_has_it():
    assert judge(package(extension("_fast", undefined=("PyList_New",)))) == ()


def test_finds_what_nothing_defines():
    (finding,) = judge(package(extension("_fast", undefined=("_Py_ZeroStruct",))))
    assert finding.severity is Severity.ERROR
    assert "_Py_ZeroStruct" in finding.message
    assert finding.detail["loader"].endswith("undefined symbol: _Py_ZeroStruct")


def test_the_stable_abi_is_that_of_the_target():
    data = extension("_fast", undefined=("PyType_GetName",))
    assert judge(package(data, name="_fast.abi3.so"), target="python3.11-x86_64") == ()
    assert len(judge(package(data, name="_fast.abi3.so"), target="python3.10-x86_64")) == 1


def test_what_another_file_has_is_a_warning():
    more = {"pkg/libhelp.so": elf(defined=("helper",))}
    (finding,) = judge(package(extension("_fast", undefined=("helper",)), **more))
    assert finding.severity is Severity.WARNING
    assert finding.detail["defined_by"] == ("python/pkg/libhelp.so",)
