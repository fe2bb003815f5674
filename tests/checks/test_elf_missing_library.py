from factories.elves import elf, extension
from factories.layers import distribution, runtime, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks
from layerwright.targets.runtime import Library, Tier

ID = "elf-missing-library"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_all_libraries_are_there():
    assert judge(package(extension("_fast", needed=("libc.so.6", "libm.so.6")))) == ()


def test_finds_what_lambda_has_not():
    (finding,) = judge(package(extension("_fast", needed=("libGL.so.1",), undefined=("glClear",))))
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("libGL.so.1 is not on python3.11-x86_64; python/pkg/_fast")
    assert finding.detail["library"] == "libGL.so.1"
    assert not finding.detail["unused"]


def test_finds_it_through_a_bundled_library():
    data = extension("_fast", needed=("liba.so",), rpath="$ORIGIN")
    (finding,) = judge(package(data, **{"pkg/liba.so": elf(needed=("libGL.so.1",))}))
    assert "(through python/pkg/liba.so)" in finding.message
    assert finding.path == f"python/pkg/_fast.{SUFFIX}"


def test_says_where_nothing_of_it_is_used():
    (finding,) = judge(package(extension("_fast", needed=("libGL.so.1",), undefined=("PyList_New",))))
    assert finding.detail["unused"]
    assert "--remove-needed libGL.so.1" in finding.fix


def test_knows_packages_that_do_without():
    files = {
        "cv2/__init__.py": "from cv2 import cv2\n",
        "cv2/cv2.abi3.so": extension("cv2", needed=("libGL.so.1",)),
    }
    (finding,) = judge(distribution("opencv-python", "4.10", files))
    assert "opencv-python-headless" in finding.fix


def test_what_no_one_has_told_is_a_warning_and_what_is_likely_only_told():
    (finding,) = judge(
        package(extension("_fast", needed=("libzstd.so.1",)), name="_fast.abi3.so"),
        target="python3.12-x86_64",
    )
    assert finding.severity is Severity.WARNING
    (finding,) = judge(
        package(extension("_fast", needed=("libssl.so.3",)), name="_fast.abi3.so"), target="python3.12-x86_64"
    )
    assert finding.severity is Severity.INFO


def test_a_library_that_nothing_opens_is_a_warning():
    (finding,) = judge(package(extension("_fast"), **{"pkg/libplugin.so": elf(needed=("libGL.so.1",))}))
    assert finding.severity is Severity.WARNING


def test_musl_is_another_check_s():
    assert judge(package(extension("_fast", needed=("libc.musl-x86_64.so.1",)))) == ()


def test_libraries_that_the_same_files_lack_are_told_together():
    data = extension("_fast", needed=("libGL.so.1", "libX11.so.6"), undefined=("glClear", "XOpenDisplay"))
    (finding,) = judge(package(data))
    assert finding.message.startswith(
        "libGL.so.1 and libX11.so.6 are not on python3.11-x86_64; python/pkg/_fast"
    )
    assert finding.detail["libraries"] == ("libGL.so.1", "libX11.so.6")


def test_what_stands_in_no_listing_is_absent():
    (finding,) = judge(package(extension("_fast", needed=("libodbc.so.2",), undefined=("SQLConnect",))))
    assert finding.severity is Severity.ERROR
    assert "libodbc.so.2 is in no listing of python3.11-x86_64" in finding.message


def test_several_that_may_be_absent_are_told_as_several():
    data = extension("_fast", needed=("liba.so.1", "libb.so.1"), undefined=("a", "b"))
    unknown = {name: Library(soname=name, tier=Tier.UNKNOWN) for name in ("liba.so.1", "libb.so.1")}
    there = {**runtime().libraries, **unknown}
    (finding,) = judge(package(data), libraries=there)
    assert "liba.so.1 and libb.so.1 may be absent from python3.11-x86_64" in finding.message
    assert "no one has told whether they are there" in finding.message
