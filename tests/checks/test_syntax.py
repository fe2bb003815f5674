import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerwright.checks.statements import Call, How, Import, Setting
from layerwright.checks.syntax import read_syntax

SETTING = Setting((3, 11), "x86_64")


def imports(source):
    return {(one.module, one.names): one.how for one in read_syntax(source.encode(), SETTING).imports}


def how(source):
    (found,) = imports(source).values()
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a", How.TOP),
        ("class C:\n    import a", How.TOP),
        ("for x in y:\n    import a", How.TOP),
        ("with open(x):\n    import a", How.TOP),
        ("with suppress(ImportError):\n    import a", How.GUARDED),
        ("with contextlib.suppress(ValueError):\n    import a", How.TOP),
        ("def f():\n    import a", How.LAZY),
        ("def f():\n    import a\nf()", How.TOP),
        ("async def f():\n    import a", How.LAZY),
        ("if unknown:\n    import a", How.CONDITIONAL),
        ("match x:\n    case 1:\n        import a", How.CONDITIONAL),
        ("try:\n    import a\nexcept ImportError:\n    pass", How.GUARDED),
        ("try:\n    import a\nexcept (ImportError, OSError):\n    pass", How.GUARDED),
        ("try:\n    import a\nexcept:\n    pass", How.GUARDED),
        ("try:\n    import a\nexcept ModuleNotFoundError:\n    pass", How.GUARDED_MISSING),
        ("try:\n    import a\nexcept OSError:\n    pass", How.TOP),
        ("try:\n    import a\nexcept ImportError:\n    raise", How.TOP),
        ("try:\n    import a\nexcept ImportError as e:\n    log(e)\n    raise RuntimeError from e", How.TOP),
        ("try:\n    import a\nexcept ImportError:\n    sys.exit(1)", How.TOP),
        ("try:\n    pass\nexcept ImportError:\n    import a", How.GUARDED),
        ("try:\n    pass\nexcept X:\n    pass\nelse:\n    import a", How.TOP),
        ("try:\n    pass\nfinally:\n    import a", How.TOP),
        ("try:\n    def f():\n        import a\nexcept ImportError:\n    pass", How.GUARDED),
        ("if TYPE_CHECKING:\n    import a", How.NEVER),
        ("if typing.TYPE_CHECKING:\n    pass\nelse:\n    import a", How.TOP),
        ("if __name__ == '__main__':\n    import a", How.NEVER),
        ("if sys.platform.startswith('win'):\n    import a", How.NEVER),
        ("if os.name == 'posix':\n    import a", How.TOP),
        ("if sys.version_info < (3, 11):\n    import a", How.NEVER),
        ("if sys.version_info[:2] == (3, 11):\n    import a", How.TOP),
        ("if sys.version_info.major == 2:\n    import a", How.NEVER),
        ("if sys.version_info[0] >= 3 and unknown:\n    import a", How.CONDITIONAL),
        ("if sys.platform == 'win32' and unknown():\n    import a", How.NEVER),
        ("if not TYPE_CHECKING or unknown:\n    import a", How.TOP),
        ("if platform.machine() in ('x86_64', 'AMD64'):\n    import a", How.TOP),
        ("if platform.machine() == 'aarch64':\n    import a", How.NEVER),
        ("if sys.version_info.frobnicate(1):\n    import a", How.CONDITIONAL),
    ],
)
def test_when_an_import_runs_and_what_becomes_of_its_failure(source, expected):
    assert how(source) is expected


@pytest.mark.parametrize(
    ("statement", "package", "goals"),
    [
        (Import("a.b", (), 0, 1, How.TOP), "", ["a.b", "a"]),
        (Import("a", ("b", "c", "*"), 0, 1, How.TOP), "", ["a.b", "a.c", "a"]),
        (Import("", ("b",), 1, 1, How.TOP), "p.q", ["p.q.b", "p.q", "p"]),
        (Import("x", ("b",), 2, 1, How.TOP), "p.q", ["p.x.b", "p.x", "p"]),
    ],
)
def test_what_an_import_may_import(statement, package, goals):
    assert list(statement.goals(package)) == goals


def test_calls_are_kept_with_their_first_literal():
    source = (
        "import ctypes, os\n"
        "a = ctypes.CDLL(os.path.join(here, 'liba.so'))\n"
        "def f():\n    return find_library('geos_c')\n"
        "try:\n    v = version('stripe')\nexcept PackageNotFoundError:\n    v = ''\n"
        "try:\n    import_module('x.y')\nexcept PackageNotFoundError:\n    pass\n"
        "try:\n    b = CDLL('libb.so')\nexcept OSError:\n    pass\n"
        "print('not', 'kept')\n"
    )
    assert read_syntax(source.encode(), SETTING).calls == (
        Call("CDLL", "liba.so", 2, How.TOP),
        Call("find_library", "geos_c", 4, How.LAZY),
        Call("version", "stripe", 6, How.GUARDED),
        Call("import_module", "x.y", 10, How.TOP),
        Call("CDLL", "libb.so", 14, How.GUARDED),
    )


def test_names_are_those_of_the_module_itself():
    source = (
        "import a.b, c as d\nfrom e import f as g\nh, (i, j) = 1, (2, 3)\nk: int = 1\n"
        "def l():\n    m = 1\nclass N:\n    def o(self): ...\n    p = 1\n"
        "if x:\n    q = 1\ntry:\n    r = 1\nexcept E:\n    pass\nfor s in t:\n    u = 1\nfrom v import *\n"
    )
    names = read_syntax(source.encode(), SETTING).names
    assert {"a", "d", "g", "h", "i", "j", "k", "l", "N", "q", "r", "u", "*"} <= names
    assert not names & {"m", "o", "p", "b", "c", "f"}


def test_what_cannot_be_parsed_is_read_by_its_lines():
    source = b"import a, b.c\nfrom .x import (y, z as w)  # comment\nprint 'python 2'\ntry:\n    import d\nexcept: pass\n"
    syntax = read_syntax(source, SETTING)
    assert not syntax.parsed
    assert syntax.error[0] == 3
    assert {(one.level, one.module, one.names): one.how for one in syntax.imports} == {
        (0, "a", ()): How.TOP,
        (0, "b.c", ()): How.TOP,
        (1, "x", ("y", "z")): How.TOP,
        (0, "d", ()): How.GUARDED,
    }


@given(
    st.binary(max_size=300) | st.text(alphabet="import from try:\n ()x.,'\0", max_size=120).map(str.encode)
)
def test_any_bytes_are_read(source):
    read_syntax(source, SETTING)
