from factories.elves import elf, extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-wrong-machine"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_machine_is_the_target_s():
    assert judge(package(extension("_fast"))) == ()
    arm = distribution(
        "pkg", "2.0", {"pkg/__init__.py": IMPORTS, "pkg/_fast.abi3.so": extension("_fast", machine="aarch64")}
    )
    assert judge(arm, target="python3.12-arm64") == ()


def test_finds_another_machine():
    (finding,) = judge(package(extension("_fast", machine="aarch64")))
    assert finding.severity is Severity.ERROR
    assert "is for aarch64, and python3.11-x86_64 is x86_64" in finding.message
    assert finding.fix == 'layerwright build "pkg==2.0" --target python3.11-x86_64'
    assert "No such file" in finding.detail["loader"]


def test_finds_one_whose_suffix_names_the_other_machine_too():
    name = "_fast.cpython-311-aarch64-linux-gnu.so"
    library = {"pkg.libs/libx.so.1": elf(machine="aarch64", soname="libx.so.1")}
    (finding,) = judge(
        package(extension("_fast", machine="aarch64", needed=["libx.so.1"]), name=name, **library)
    )
    assert finding.severity is Severity.ERROR
    assert "are for aarch64, and python3.11-x86_64 is x86_64" in finding.message
    assert finding.detail["paths"] == (f"python/pkg/{name}", "python/pkg.libs/libx.so.1")


def test_names_the_other_python_as_well():
    name = "_fast.cpython-310-aarch64-linux-gnu.so"
    (finding,) = judge(package(extension("_fast", machine="aarch64"), name=name))
    assert "is for aarch64 and Python 3.10, and python3.11-x86_64 is x86_64" in finding.message


def test_one_beside_the_right_module_is_only_told():
    other = {"pkg/_fast.cpython-311-aarch64-linux-gnu.so": extension("_fast", machine="aarch64")}
    (finding,) = judge(package(extension("_fast"), **other))
    assert finding.severity is Severity.INFO


def test_a_distribution_with_a_direct_url_is_judged_too():
    url = {"direct_url.json": '{"url": "file:///wheels/pkg-2.0-py3-none-any.whl", "archive_info": {}}'}
    files = {"pkg/__init__.py": IMPORTS, f"pkg/_fast.{SUFFIX}": extension("_fast", machine="aarch64")}
    result = run_checks(subject(distribution("pkg", "2.0", files, extra=url)), select=[ID])
    assert not result.crashed
    assert [finding.severity for finding in result.findings] == [Severity.ERROR]


def test_one_finding_for_all_files_of_a_distribution():
    data = extension("_fast", machine="aarch64")
    (finding,) = judge(package(data, **{"pkg/libx.so.1": elf(machine="aarch64")}))
    assert finding.detail["paths"] == (f"python/pkg/_fast.{SUFFIX}", "python/pkg/libx.so.1")


def test_finds_another_class():
    (finding,) = judge(package(elf(bits=32, machine="i386")))
    assert "i386 (32-bit)" in finding.message


def test_what_has_a_fallback_is_a_warning():
    files = {"pkg/__init__.py": "try:\n    from pkg import _fast\nexcept ImportError:\n    _fast = None\n"}
    (finding,) = judge(package(extension("_fast", machine="aarch64"), **files))
    assert finding.severity is Severity.WARNING


def test_programs_of_the_layer_are_another_check_s():
    assert judge({"extensions/tool": elf(machine="aarch64", flags_1=0x08000000)}) == ()
