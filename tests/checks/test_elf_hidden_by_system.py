from factories.elves import elf
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-hidden-by-system"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_runtime_has_no_such_library():
    assert judge({"lib/libmine.so.1": elf(soname="libmine.so.1")}) == ()
    assert judge({"python/pkg.libs/libstdc++.so.6": elf()}) == ()


def test_finds_a_library_that_the_system_hides():
    (finding,) = judge({"lib/libstdc++.so.6": elf(soname="libstdc++.so.6")})
    assert finding.severity is Severity.WARNING
    assert (
        finding.message
        == "lib/libstdc++.so.6 is never used: /lib64/libstdc++.so.6 comes before it on python3.11-x86_64"
    )
