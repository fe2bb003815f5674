from factories.elves import elf, extension
from factories.layers import distribution, entry, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "elf-not-on-search-path"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_search_path_leads_there():
    data = extension("_fast", needed=("liba.so",), rpath="$ORIGIN/lib")
    assert judge(package(data, **{"pkg/lib/liba.so": elf()})) == ()


def test_finds_a_library_beside_the_path():
    data = extension("_fast", needed=("liba.so",))
    (finding,) = judge(package(data, **{"pkg/lib/liba.so": elf()}))
    assert finding.severity is Severity.WARNING
    assert "liba.so stands at python/pkg/lib/liba.so" in finding.message


def test_finds_it_by_its_soname():
    data = extension("_fast", needed=("liba.so.1",))
    (finding,) = judge(package(data, **{"pkg/lib/liba-1.2.so": elf(soname="liba.so.1")}))
    assert finding.detail["found"] == ("python/pkg/lib/liba-1.2.so",)


def test_what_one_file_needs_is_one_finding():
    names = [f"lib{letter}.so" for letter in "abcdef"]
    libraries = {f"pkg/lib/{name}": elf(soname=name) for name in names}
    (finding,) = judge(package(extension("_fast", needed=names), **libraries))
    assert finding.message.startswith("liba.so, libb.so, libc.so and 3 more stand in python/pkg/lib, where")
    assert finding.detail["libraries"] == tuple(names)
    assert len(finding.detail["found"]) == 6


def plugin(**more):
    """A package whose module brings a library along that its plug-in needs as well."""
    data = extension("_fast", needed=("liba.so",), rpath="$ORIGIN/lib")
    return package(data, **{"pkg/lib/liba.so": elf(), "pkg/plugin/p.so": elf(needed=("liba.so",)), **more})


def test_a_plugin_of_native_code_is_only_told():
    (finding,) = judge(plugin())
    assert finding.severity is Severity.INFO
    assert f"no Python file opens it, and python/pkg/_fast.{SUFFIX} loads it" in finding.message


def test_a_plugin_that_python_opens_is_a_warning():
    opener = "import ctypes\n\n\ndef load(path):\n    return ctypes.CDLL(path + '/p.so')\n"
    (finding,) = judge(plugin(**{"pkg/load.py": opener}))
    assert finding.severity is Severity.WARNING


def test_a_plugin_of_another_package_is_a_warning():
    other = distribution("other", "1.0", {"other/__init__.py": "", "other/p.so": elf(needed=("liba.so",))})
    found = judge(plugin(), other)
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_a_program_of_a_package_is_only_told():
    tool = elf(needed=("liba.so",), type="executable", interpreter="/lib64/ld-linux-x86-64.so.2")
    files = {"pkg/__init__.py": "", "pkg/lib/liba.so": elf()}
    found = judge(distribution("pkg", files=files), [entry("python/pkg/bin/tool", tool, mode=0o755)])
    assert [finding.severity for finding in found] == [Severity.INFO]
    assert "it is a program, which starts only with LD_LIBRARY_PATH" in found[0].message
