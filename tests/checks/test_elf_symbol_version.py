from factories.elves import Undefined, elf, extension
from factories.layers import distribution, entry, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-symbol-version"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def needs(version, soname="libc.so.6"):
    return extension("_fast", needed=(soname,), undefined=(Undefined("f", soname, version),))


def test_passes_where_the_version_is_there():
    memcpy = Undefined("memcpy", "libc.so.6", "GLIBC_2.14")
    assert judge(package(extension("_fast", needed=("libc.so.6",), undefined=(memcpy,)))) == ()


def test_finds_a_newer_glibc():
    (finding,) = judge(package(needs("GLIBC_2.28")))
    assert finding.severity is Severity.ERROR
    assert "glibc on python3.11-x86_64 lacks GLIBC_2.28" in finding.message
    assert finding.detail["loader"].endswith(f"required by /opt/python/pkg/_fast.{SUFFIX})")


def test_one_finding_for_all_versions_of_a_library():
    data = extension(
        "_fast",
        needed=("libc.so.6", "libm.so.6"),
        undefined=(Undefined("g", "libc.so.6", "GLIBC_2.34"), Undefined("f", "libm.so.6", "GLIBC_2.28")),
    )
    (finding,) = judge(package(data))
    assert finding.detail["versions"] == ("GLIBC_2.28", "GLIBC_2.34")


def test_what_only_newer_hosts_have_is_a_warning():
    (finding,) = judge(
        package(needs("GLIBCXX_3.4.30", "libstdc++.so.6"), name="_fast.abi3.so"), target="python3.12-x86_64"
    )
    assert finding.severity is Severity.WARNING
    assert "may lack" in finding.message


def test_a_program_is_looked_at_where_there_is_no_other_binary():
    node = elf(
        type="executable",
        needed=("libc.so.6",),
        undefined=(Undefined("f", "libc.so.6", "GLIBC_2.28"),),
        interpreter="/lib64/ld-linux-x86-64.so.2",
    )
    package = distribution("pkg", files={"pkg/__init__.py": ""})
    (finding,) = judge(package, [entry("python/pkg/driver/node", node, mode=0o755)])
    assert finding.severity is Severity.WARNING
    assert finding.path == "python/pkg/driver/node"
