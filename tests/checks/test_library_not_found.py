import pytest

from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "library-not-found"


def judged(source, **files):
    return judge(ID, distribution("pkg", files={"pkg/__init__.py": source, **files}))


@pytest.mark.parametrize(
    "source",
    [
        "import ctypes\nlib = ctypes.CDLL('libc.so.6')\n",
        "import ctypes.util\nname = ctypes.util.find_library('z')\n",
        "import ctypes\ntry:\n    lib = ctypes.CDLL('libmagic.so.1')\nexcept OSError:\n    lib = None\n",
        "import ctypes, sys\nif sys.platform == 'win32':\n    lib = ctypes.CDLL('libmagic.so.1')\n",
        "import ctypes\nlib = ctypes.CDLL('kernel32')\n",
        "import ctypes, os\nlib = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'libown.so'))\n",
    ],
)
def test_passes_what_is_there_or_caught(source):
    assert not judged(source, **{"pkg/libown.so": ""}).findings


def test_passes_what_a_layer_brings():
    layer = {
        "lib/libmagic.so.1": "",
        "python/magic.py": "import ctypes\nlib = ctypes.CDLL('libmagic.so.1')\n",
    }
    assert not judge(ID, layer).findings


def test_finds_a_library_that_is_absent():
    (finding,) = judged("import ctypes\nlib = ctypes.CDLL('libGL.so.1')\n").findings
    assert finding.severity is Severity.ERROR
    assert "opens libGL.so.1" in finding.message
    assert finding.path == "python/pkg/__init__.py"


def test_find_library_is_a_warning():
    (finding,) = judged("from ctypes.util import find_library\nname = find_library('geos_c')\n").findings
    assert finding.severity is Severity.WARNING
    assert "libgeos_c.so" in finding.message


def test_what_a_function_opens_is_told_and_warned_of_where_the_package_is_named_for_it():
    source = "import ctypes\ndef load():\n    return ctypes.CDLL('libmagic.so.1')\n"
    (finding,) = judged(source).findings
    assert finding.severity is Severity.INFO
    named = distribution("python-magic", files={"magic/__init__.py": source})
    (finding,) = judge(ID, named).findings
    assert finding.severity is Severity.WARNING
