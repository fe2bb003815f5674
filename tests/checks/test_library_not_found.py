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
        "import ctypes.util\nobjc = ctypes.cdll.LoadLibrary(ctypes.util.find_library('objc'))\n",
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


WRAPPED = """
import contextlib, ffi

def _dlopen(*names, allow_fail=False):
    for name in names:
        with contextlib.suppress(OSError):
            return ffi.dlopen(name)
    if not allow_fail:
        return ffi.dlopen(names[0])

pango = _dlopen('pango-1.0', 'libpango-1.0.so.0', 'libpango-1.0.dylib')
gobject = _dlopen('libgobject-2.0.so.0')
subset = _dlopen('libharfbuzz-subset.so.0', allow_fail=True)
"""


def test_what_a_function_of_the_file_hands_on_is_opened():
    error, note = judged(WRAPPED).findings
    assert error.severity is Severity.ERROR
    assert (
        "__init__.py:11 opens libgobject-2.0.so.0 and libpango-1.0.so.0, which are neither" in error.message
    )
    assert note.severity is Severity.INFO
    assert "libharfbuzz-subset.so.0" in note.message


def test_a_function_that_always_goes_on_is_not_told():
    wrapper = "import ffi\n\ndef load(name):\n    try:\n        return ffi.dlopen(name)\n    except OSError:\n        return None\n"
    assert not judged(f"{wrapper}\npango = load('libpango-1.0.so.0')\n").findings


def test_a_file_that_nothing_imports_is_a_warning():
    (finding,) = judged("", **{"pkg/x11.py": "import ctypes\nlib = ctypes.CDLL('libGL.so.1')\n"}).findings
    assert finding.severity is Severity.WARNING


def test_a_file_that_the_package_imports_is_an_error():
    source = "import ctypes\nlib = ctypes.CDLL('libGL.so.1')\n"
    (finding,) = judged("from pkg import x11\n", **{"pkg/x11.py": source}).findings
    assert finding.severity is Severity.ERROR
