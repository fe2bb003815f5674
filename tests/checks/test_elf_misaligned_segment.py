from factories import elves
from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-misaligned-segment"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_segments_are_aligned():
    assert judge(package(extension("_fast"))) == ()


def test_finds_what_strip_left():
    load = elves.Load(address=0x101000, align=0x200000)
    (finding,) = judge(package(extension("_fast", load=load)))
    assert finding.severity is Severity.ERROR
    assert "not properly aligned" in finding.message
