import pytest

from factories.layers import distribution, part, subject
from layerwright.checks.importability import Refusal, judge_opened, judge_refused

EXT = "_ext.cpython-311-x86_64-linux-gnu.so"
GUARDED = "try:\n    from pkg import _ext\nexcept ImportError:\n    _ext = None\n"
RERAISED = (
    "try:\n    from pkg import _ext\nexcept ImportError as e:\n    raise ImportError('broken') from e\n"
)


def verdict(files, path=f"pkg/{EXT}", refusal=Refusal.UNLOADABLE, **options):
    one = subject(distribution("pkg", files={path: b"\x7fELF", **files}), **options)
    return judge_refused(one, {f"/opt/python/{path}": refusal})[f"/opt/python/{path}"]


@pytest.mark.parametrize(
    ("source", "breaks"),
    [
        ("from pkg import _ext\n", True),
        ("from . import _ext\n", True),
        ("from ._ext import thing\n", True),
        ("import pkg._ext\n", True),
        ("import importlib\nimportlib.import_module('pkg._ext')\n", True),
        ("import importlib\nimportlib.import_module('._ext', __name__)\n", True),
        (GUARDED, False),
        (RERAISED, True),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    from . import _ext\n", False),
        ("try:\n    from . import _ext\nfinally:\n    pass\n", True),
        ("try:\n    from . import _ext\nexcept ValueError:\n    pass\n", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import _ext\n", False),
        ("import sys\nif sys.platform == 'win32':\n    from . import _ext\n", False),
        ("import sys\nif sys.version_info >= (3, 9):\n    from . import _ext\n", True),
        ("def later():\n    from . import _ext\n", False),
        ("def load():\n    from . import _ext\n    return _ext\nmodule = load()\n", True),
        ("USE = bool(thing)\nif USE:\n    from . import _ext\nelse:\n    from . import _py\n", False),
        ("class Lazy:\n    from . import _ext\n", True),
        ("", False),
        ("# _ext is not imported\n", False),
    ],
)
def test_how_the_package_imports_it_decides(source, breaks):
    assert verdict({"pkg/__init__.py": source}).breaks is breaks


def test_a_handler_for_what_is_not_found_saves_only_from_a_file_that_is_passed_over():
    source = "try:\n    from . import _ext\nexcept ModuleNotFoundError:\n    _ext = None\n"
    assert verdict({"pkg/__init__.py": source}, refusal=Refusal.UNLOADABLE).breaks
    assert not verdict({"pkg/__init__.py": source}, refusal=Refusal.UNSEEN).breaks


def test_python_beside_it_is_taken_when_the_suffix_is_foreign():
    files = {"pkg/__init__.py": "from . import _ext", "pkg/_ext.py": ""}
    assert not verdict(files, path="pkg/_ext.cpython-37m-x86_64-linux-gnu.so", refusal=Refusal.UNSEEN).breaks


def test_python_beside_it_is_no_help_when_the_suffix_is_right():
    assert verdict({"pkg/__init__.py": "from . import _ext", "pkg/_ext.py": ""}).breaks


def test_importers_are_followed_to_the_surface():
    files = {
        "pkg/__init__.py": "from .api import run",
        "pkg/api.py": "from . import _core",
        "pkg/_core.py": "from . import _ext",
    }
    assert verdict(files).breaks


def test_a_guard_on_the_way_saves():
    files = {
        "pkg/__init__.py": "try:\n    from ._fast import run\nexcept Exception:\n    from ._slow import run\n",
        "pkg/_fast.py": "from . import _ext",
        "pkg/_slow.py": "",
    }
    assert not verdict(files).breaks


def test_a_public_subpackage_is_surface_a_lone_public_module_is_not():
    others = {f"pkg/other{number}.py": "" for number in range(3)}
    assert verdict({"pkg/__init__.py": "", "pkg/linalg/__init__.py": "from .. import _ext", **others}).breaks
    alone = verdict({"pkg/__init__.py": "", "pkg/orc.py": "from . import _ext", **others})
    assert not alone.breaks
    assert alone.reason == "only pkg.orc needs it"


def test_a_module_that_others_build_on_is_surface():
    files = {f"pkg/other{number}.py": "from .Image import x" for number in range(3)}
    assert verdict({"pkg/__init__.py": "", "pkg/Image.py": "from . import _ext", **files}).breaks


def test_tests_need_nothing():
    assert not verdict({"pkg/__init__.py": "", "pkg/tests/__init__.py": "from pkg import _ext"}).breaks


def test_a_compiled_module_imports_it():
    files = {
        "pkg/__init__.py": "from . import api",
        "pkg/api.cpython-311-x86_64-linux-gnu.so": b"\x7fELF pkg._ext\0",
    }
    assert verdict(files).breaks


def test_a_top_level_module_is_what_its_distribution_is_for():
    assert verdict({}, path="ujson.cpython-311-x86_64-linux-gnu.so").breaks
    assert verdict({"brotli.py": "import _brotli"}, path="_brotli.abi3.so").breaks
    guarded = {"ruamel/yaml/cyaml.py": "try:\n    import _ruamel_yaml\nexcept ImportError:\n    pass\n"}
    one = subject(
        distribution("_ruamel_yaml", files={"_ruamel_yaml.so": b""}),
        distribution("ruamel", files=guarded, requires=["_ruamel_yaml"]),
    )
    path = "/opt/python/_ruamel_yaml.so"
    assert not judge_refused(one, {path: Refusal.UNLOADABLE})[path].breaks


def test_a_module_with_the_name_of_its_package_is_the_package():
    source = "import importlib, sys\nsys.path.insert(0, 'x')\nnative = importlib.import_module('cv2')\n"
    assert verdict({"cv2/__init__.py": source}, path="cv2/cv2.abi3.so").breaks


def test_the_function_needs_what_it_imports():
    files = {"pkg/__init__.py": "", "pkg/a.py": "", "pkg/b.py": "", "pkg/c.py": ""}
    assert not verdict(files).breaks
    told = verdict(files, function={"app.py": "def handler(e, c):\n    from pkg import _ext\n"})
    assert told.breaks
    assert told.reason == "app.py:2 imports pkg._ext"


def test_another_distribution_needs_it():
    path = "/opt/python/pkg/_ext.so"
    parts = (
        distribution(
            "pkg", files={"pkg/__init__.py": "", "pkg/_ext.so": b"", "pkg/a.py": "", "pkg/b.py": ""}
        ),
        distribution("other", files={"other/__init__.py": "from pkg._ext import x"}, requires=["pkg>=1"]),
    )
    assert judge_refused(subject(*parts), {path: Refusal.UNLOADABLE})[path].breaks


def test_a_file_that_no_search_path_reaches_breaks_nothing():
    path = "/opt/python/lib/python3.8/site-packages/pkg/_ext.so"
    one = subject(part({path.removeprefix("/opt/"): b""}))
    assert not judge_refused(one, {path: Refusal.UNSEEN})[path].breaks


@pytest.mark.parametrize(
    ("source", "breaks"),
    [
        (
            "import ctypes, os\nlib = ctypes.CDLL(os.path.join(os.path.dirname(__file__), 'libthing.so'))\n",
            True,
        ),
        ("import ctypes\nNAME = 'libthing.so'\ndef load():\n    return ctypes.CDLL(NAME)\n", True),
        (
            "import ctypes\ntry:\n    lib = ctypes.CDLL('libthing.so')\nexcept Exception:\n    lib = None\n",
            False,
        ),
        ("import ctypes\ndef load(name='thing'):\n    return ctypes.CDLL(folder / f'lib{name}.so')\n", True),
        ("import ctypes\ndef load(name):\n    return ctypes.CDLL(name)\n", False),
        ("import ctypes\nlib = ctypes.CDLL('libother.so')\nNAME = 'libthing.so'\n", False),
        ("import ctypes\n", False),
    ],
)
def test_libraries_that_are_opened_by_name(source, breaks):
    one = subject(distribution("pkg", files={"pkg/__init__.py": source, "pkg/libthing.so": b""}))
    path = "/opt/python/pkg/libthing.so"
    assert judge_opened(one, [path])[path].breaks is breaks


def test_libraries_that_one_file_names_and_another_opens():
    files = {
        "pkg/__init__.py": "from .basic import LIB\n",
        "pkg/libpath.py": "def find():\n    return [folder / 'libthing.so']\n",
        "pkg/basic.py": "import ctypes\nfrom .libpath import find\nLIB = ctypes.cdll.LoadLibrary(find()[0])\n",
        "pkg/libthing.so": b"",
    }
    path = "/opt/python/pkg/libthing.so"
    told = judge_opened(subject(distribution("pkg", files=files)), [path])[path]
    assert told.breaks
    assert told.reason == "python/pkg/basic.py:3 opens it"
