from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-untold-symbol"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_every_symbol_is_known():
    assert judge(package(extension("_fast", needed=("libc.so.6",), undefined=("PyList_New",)))) == ()


def test_finds_symbols_of_a_library_that_no_one_dumped():
    (finding,) = judge(
        package(extension("_fast", needed=("libkrb5.so.3",), undefined=("krb5_init_context",)))
    )
    assert finding.severity is Severity.INFO
    assert "libkrb5.so.3" in finding.message
    assert finding.detail["symbols"] == ("krb5_init_context",)
