from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "numpy-abi-mix"

OLD, NEW = b"numpy.core._multiarray_umath\0", b"numpy._core._multiarray_umath\0numpy.core._multiarray_umath\0"
EXT = "pandas/_x.cpython-311-x86_64-linux-gnu.so"


def judged(numpy, data):
    return judge(
        ID, distribution("numpy", numpy), distribution("pandas", "2.1.4", {EXT: data}, requires=["numpy"])
    )


def test_passes_what_fits():
    assert not judged("2.1.0", NEW).findings
    assert not judged("1.26.4", OLD).findings
    assert not judged("2.1.0", b"no numpy").findings


def test_finds_a_module_of_numpy_1():
    (finding,) = judged("2.1.0", OLD).findings
    assert finding.severity is Severity.WARNING
    assert finding.message == "pandas==2.1.4 was compiled against numpy 1, and numpy==2.1.0 is in the stack"
    assert finding.fix == 'layerwright build "pandas==2.1.4" "numpy<2" --target python3.11-x86_64'


def test_python_3_13_has_no_numpy_1():
    files = {EXT.replace("311", "313"): OLD}
    pandas = distribution("pandas", "2.1.4", files, requires=["numpy"])
    (finding,) = judge(ID, distribution("numpy", "2.1.0"), pandas, target="python3.13-x86_64").findings
    assert finding.fix == 'layerwright build "pandas>2.1.4" --target python3.13-x86_64'
