from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-executable-stack"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_stack_is_plain():
    assert judge(package(extension("_fast"))) == ()


def test_finds_an_executable_stack():
    (finding,) = judge(package(extension("_fast", stack="rwx")))
    assert finding.severity is Severity.INFO
    assert "asks for an executable stack" in finding.message


def test_a_file_without_the_header_asks_for_one_too():
    assert len(judge(package(extension("_fast", stack=None)))) == 1
