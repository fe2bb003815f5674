import pytest

from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "library-ignored"


def test_passes_libraries_that_the_runtime_lacks():
    assert not judge(ID, {"lib/libgeos_c.so.1": "", "python/pkg.libs/libstdc++.so.6": ""}).findings


@pytest.mark.parametrize("soname", ["libstdc++.so.6", "libz.so.1"])
def test_finds_libraries_that_the_runtime_has(soname):
    (finding,) = judge(ID, {f"lib/{soname}": ""}).findings
    assert finding.severity is Severity.WARNING
    assert soname in finding.message
