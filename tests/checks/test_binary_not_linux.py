from factories import elves
from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "binary-not-linux"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_on_linux_binaries():
    assert judge(package(extension("_fast"))) == ()


def test_finds_a_library_of_a_mac():
    (finding,) = judge(package(elves.mach_o("arm64")))
    assert finding.severity is Severity.ERROR
    assert "a macOS library (Mach-O) for arm64" in finding.message


def test_finds_a_module_that_python_passes_over():
    (finding,) = judge(package(elves.mach_o("arm64"), name="_fast.cpython-311-darwin.so"))
    assert finding.severity is Severity.ERROR


def test_beside_a_linux_build_it_is_dead_weight():
    (finding,) = judge(
        package(extension("_fast"), **{"pkg/_fast.cp311-win_amd64.pyd": elves.portable_executable()})
    )
    assert finding.severity is Severity.INFO
    assert "a Windows library (PE) for x86_64" in finding.message


def test_one_finding_for_what_breaks_and_one_for_what_does_not():
    more = {"pkg/a.dylib": elves.mach_o("arm64"), "pkg/b.dylib": elves.mach_o("arm64")}
    broken, idle = judge(package(elves.mach_o("arm64"), **more))
    assert (broken.severity, idle.severity) == (Severity.ERROR, Severity.WARNING)
    assert idle.detail["paths"] == ("python/pkg/a.dylib", "python/pkg/b.dylib")


def test_a_launcher_for_windows_is_data():
    files = {"setuptools/__init__.py": "", "setuptools/cli-64.exe": elves.portable_executable()}
    assert judge(distribution("setuptools", files=files)) == ()
