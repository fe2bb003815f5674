from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "musl-binary"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_on_glibc():
    assert judge(package(extension("_fast", needed=("libc.so.6",)))) == ()


def test_finds_a_need_for_musl():
    (finding,) = judge(package(extension("_fast", needed=("libc.musl-x86_64.so.1",))))
    assert finding.severity is Severity.ERROR
    assert "built for musl" in finding.message


def test_finds_older_musl_builds_by_their_bare_libc():
    assert len(judge(package(extension("_fast", needed=("libc.so",))))) == 1


def test_finds_musl_s_suffix():
    (finding,) = judge(package(extension("_fast"), name="_fast.cpython-311-x86_64-linux-musl.so"))
    assert finding.severity is Severity.ERROR
