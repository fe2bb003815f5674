from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "foreign-library"


def test_passes_linux_libraries():
    assert not judge(ID, distribution("a", files={"a/liba.so": "", "a/__init__.py": ""})).findings


def test_finds_a_package_of_another_system():
    (finding,) = judge(ID, distribution("cryptography", "42.0.0", {"cryptography/_rust.pyd": "12"})).findings
    assert finding.severity is Severity.WARNING
    assert (
        finding.message
        == "1 library of cryptography==42.0.0 for Windows or macOS (2 bytes), and none for Linux"
    )
    assert finding.fix == 'layerwright build "cryptography==42.0.0" --target python3.11-x86_64'


def test_what_stands_beside_linux_libraries_is_only_told():
    (finding,) = judge(
        ID, {"python/a/liba.dylib": "", "python/a/liba.dll": "", "python/a/liba.so": ""}
    ).findings
    assert finding.severity is Severity.INFO
