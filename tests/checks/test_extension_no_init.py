from factories.elves import elf, extension
from factories.layers import distribution, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "extension-no-init"
SUFFIX = "cpython-311-x86_64-linux-gnu.so"
IMPORTS = "from pkg import _fast\n"


def judge(*groups, **options):
    return run_checks(subject(*groups, **options), select=[ID]).findings


def package(data, name=f"_fast.{SUFFIX}", **more):
    files = {"pkg/__init__.py": IMPORTS, f"pkg/{name}": data, **more}
    return distribution("pkg", "2.0", files, tags=["cp311-cp311-linux_x86_64"])


def test_passes_where_the_entry_is_there():
    assert judge(package(extension("_fast"))) == ()
    assert judge(package(extension("_fast"), **{"pkg/libx.so": elf()})) == (), (
        "a library with an ordinary name"
    )


def test_passes_where_the_entry_has_a_version():
    data = elf(soname="_fast.so", defined=("PyInit__fast@@VERS_1.0",))
    assert judge(package(data)) == (), "onnxruntime's is like that"


def test_finds_a_renamed_module():
    (finding,) = judge(package(extension("_slow")))
    assert finding.severity is Severity.ERROR
    assert "doesn't define PyInit__fast (it has PyInit__slow)" in finding.message


def test_finds_a_module_without_any():
    (finding,) = judge(package(elf()))
    assert "doesn't define PyInit__fast" in finding.message


def test_passes_what_the_package_opens_as_a_library():
    source = (
        "from pkg.load import load_pycryptodome_raw_lib\nlib = load_pycryptodome_raw_lib('pkg._fast', '')\n"
    )
    layer = distribution("pkg", files={"pkg/__init__.py": source, "pkg/_fast.abi3.so": elf()})
    assert judge(layer) == (), "pycryptodome's are like that"


def test_passes_a_library_that_several_modules_share():
    files = {"pkg/__init__.py": "", "pkg/lib_shared.so": extension("other")}
    assert judge(distribution("pkg", files=files)) == (), "tensorflow's are like that"


def test_passes_on_libraries_that_the_code_opens_itself():
    files = {
        "Crypto/__init__.py": "",
        "Crypto/Cipher/__init__.py": "",
        "Crypto/Cipher/AES.py": "_raw = load_pycryptodome_raw_lib('Crypto.Cipher._raw_aes', '')\n",
        "Crypto/Cipher/_raw_aes.abi3.so": elf(),
    }
    assert judge(distribution("pycryptodome", "3.20", files)) == ()


def test_passes_on_a_package_that_is_an_extension_module():
    files = {f"apsw/__init__.{SUFFIX}": extension("apsw"), "user/__init__.py": "import apsw\n"}
    assert judge(distribution("apsw", "3.46", files)) == ()
