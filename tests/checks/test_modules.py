import pytest

from factories.layers import entry, link, part, subject
from layerwright.checks.modules import Form

INNER = "python/lib/python3.11/site-packages"
EXT = ".cpython-311-x86_64-linux-gnu.so"


def index(*groups, **options):
    return subject(*groups, **options).modules


def form(modules, name):
    found = modules.find(name)
    return (found.form, found.path) if found else None


def test_extensions_come_before_sources_and_sources_before_bytecode():
    modules = index(
        {f"python/a{EXT}": "", "python/a.py": "", "python/b.py": "", "python/b.pyc": "", "python/c.pyc": ""}
    )
    assert form(modules, "a") == (Form.EXTENSION, f"/opt/python/a{EXT}")
    assert form(modules, "b") == (Form.SOURCE, "/opt/python/b.py")
    assert form(modules, "c") == (Form.BYTECODE, "/opt/python/c.pyc")


def test_a_package_comes_before_a_module_and_a_module_before_a_namespace():
    modules = index(
        {
            "python/a/__init__.py": "",
            "python/a.py": "",
            "python/b/x.py": "",
            "python/b.py": "",
            "python/c/x.py": "",
        }
    )
    assert form(modules, "a") == (Form.PACKAGE, "/opt/python/a/__init__.py")
    assert form(modules, "b") == (Form.SOURCE, "/opt/python/b.py")
    assert form(modules, "c") == (Form.NAMESPACE, "/opt/python/c")
    assert form(modules, "c.x") == (Form.SOURCE, "/opt/python/c/x.py")
    assert modules.find("b.x") is None


def test_suffixes_of_other_interpreters_are_passed_over():
    for name in (
        "a.cpython-310-x86_64-linux-gnu.so",
        "a.cpython-311-aarch64-linux-gnu.so",
        "a.pyd",
        "a.cpython-311-darwin.so",
    ):
        assert index({f"python/{name}": ""}).find("a") is None
    assert index({"python/a.abi3.so": ""}).find("a").form is Form.EXTENSION


def test_the_function_comes_first_then_the_versioned_folder():
    modules = index(
        {"python/a.py": "", f"{INNER}/a.py": "", f"{INNER}/b.py": "", "python/b.py": ""},
        function={"a.py": ""},
    )
    assert modules.find("a").path == "/var/task/a.py"
    assert modules.find("b").path == f"/opt/{INNER}/b.py"


def test_namespaces_reach_over_folders_and_packages_do_not():
    modules = index(
        {"python/google/auth/__init__.py": "", "python/pkg/x.py": ""},
        function={"google/mine.py": "", "pkg/__init__.py": ""},
    )
    assert modules.can_import("google.auth")
    assert modules.can_import("google.mine")
    assert modules.can_import("pkg.x") is False


def test_a_package_that_extends_its_path_reaches_over_folders():
    source = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    modules = index({"python/pkg/x.py": ""}, function={"pkg/__init__.py": source})
    assert modules.can_import("pkg.x")


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("json", True), ("json.decoder", True), ("os.path", True), ("boto3", True), ("boto3.session", None), ("gone", False),
        ("pkg.gone", False), ("dyn.made", None), ("ext.anything", None), ("pkg", True), ("tomllib", True),
    ],
)  # fmt: skip
def test_what_can_be_imported(name, there):
    modules = index(
        {
            "python/pkg/__init__.py": "",
            "python/dyn/__init__.py": "def __getattr__(name): ...",
            f"python/ext{EXT}": "",
        }
    )
    assert modules.can_import(name) is there


def test_pth_files_add_folders():
    modules = index(
        {
            "python/more.pth": "vendored\nimport nothing\n",
            "python/vendored/a.py": "",
            "python/sub/x.pth": "y\n",
        }
    )
    assert modules.roots == ("/opt/python", "/opt/python/vendored")
    assert modules.find("a").path == "/opt/python/vendored/a.py"
    assert modules.name_of("/opt/python/vendored/a.py") == "a"


def test_links_are_followed():
    modules = index(
        part(
            [
                entry("python/real/__init__.py"),
                link("python/alias", "real"),
                link("python/b.py", "real/__init__.py"),
            ]
        )
    )
    assert modules.find("alias").form is Form.PACKAGE
    assert modules.find("b").form is Form.SOURCE


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/opt/python/a/b.py", "a.b"),
        ("/opt/python/a/__init__.py", "a"),
        (f"/opt/python/a/_x{EXT}", "a._x"),
        ("/opt/python/a/_x.cpython-39-darwin.so", "a._x"),
        (f"/opt/{INNER}/a.py", "a"),
        ("/opt/python/a-b/c.py", None),
        ("/opt/lib/libx.so", None),
        ("/opt/python/lib/python3.8/site-packages/a.py", None),
    ],
)
def test_the_name_of_a_file(path, name):
    assert index({"python/x.py": "", f"{INNER}/y.py": ""}).name_of(path) == name


def test_top_level_modules_are_listed_once():
    modules = index(
        {
            "python/a.py": "",
            f"{INNER}/a.py": "",
            "python/b/__init__.py": "",
            "python/a-1.dist-info/RECORD": "",
        }
    )
    assert [(one.name, one.path) for one in modules.top_level()] == [
        ("a", f"/opt/{INNER}/a.py"),
        ("b", "/opt/python/b/__init__.py"),
    ]
