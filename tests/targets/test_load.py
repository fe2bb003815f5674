"""What load_runtime puts together, held against facts that were read elsewhere."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from layerwright.targets import Target, lambda_targets, parse_target
from layerwright.targets.interpreter import python_exports, stable_abi, stdlib_modules
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Confidence, Status, Tier
from layerwright.targets.version import split_version, within


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_what_is_loaded_is_there(target: Target) -> None:
    runtime = load_runtime(target)
    assert {runtime.libraries[name].tier for name in runtime.loaded} == {Tier.SAFE}
    assert f"libpython{target.python_version}.so.1.0" in runtime.loaded


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_symbols_agree_with_the_ceiling_and_with_themselves(target: Target) -> None:
    runtime = load_runtime(target)
    known = [library for library in runtime.libraries.values() if library.exports is not None]
    assert len(known) >= 13
    for library in known:
        assert library.versions is not None
        assert library.exports is not None
        versions = {symbol.partition("@")[2] for symbol in library.exports if "@" in symbol}
        assert versions <= library.versions, library.soname
        assert all(within(version, runtime.symbol_ceiling) for version in versions), library.soname
        assert all(name in runtime.libraries for name in library.needed), library.soname


@pytest.mark.parametrize("target", lambda_targets(), ids=str)
def test_the_ceiling_is_really_reached(target: Target) -> None:
    runtime = load_runtime(target)
    defined = {version for library in runtime.libraries.values() for version in library.versions or ()}
    for prefix, number in runtime.symbol_ceiling.items():
        newest = max(split[1] for split in map(split_version, defined) if split and split[0] == prefix)
        assert newest == tuple(map(int, number.split("."))), prefix


@pytest.mark.parametrize(
    ("target", "soname", "symbol", "there"),
    [
        ("python3.11-x86_64", "libc.so.6", "memcpy@GLIBC_2.14", True),
        ("python3.11-x86_64", "libc.so.6", "memcpy@GLIBC_2.2.5", True),
        ("python3.11-arm64", "libc.so.6", "memcpy@GLIBC_2.17", True),
        ("python3.11-arm64", "libc.so.6", "memcpy@GLIBC_2.14", False),
        ("python3.11-x86_64", "libc.so.6", "fcntl64@GLIBC_2.28", False),
        ("python3.12-x86_64", "libc.so.6", "fcntl64@GLIBC_2.28", True),
        ("python3.11-x86_64", "libm.so.6", "pow@GLIBC_2.2.5", True),
        ("python3.11-x86_64", "libm.so.6", "pow@GLIBC_2.29", False),
        ("python3.13-arm64", "libm.so.6", "pow@GLIBC_2.29", True),
        ("python3.11-x86_64", "libpthread.so.0", "pthread_create@GLIBC_2.2.5", True),
        ("python3.12-x86_64", "libpthread.so.0", "pthread_create@GLIBC_2.2.5", False),
        ("python3.12-x86_64", "libc.so.6", "pthread_create@GLIBC_2.34", True),
        ("python3.12-x86_64", "libc.so.6", "pthread_create@GLIBC_2.2.5", True),
        ("python3.12-x86_64", "libc.so.6", "strlcpy", False),
        ("python3.11-x86_64", "libdl.so.2", "dlopen@GLIBC_2.2.5", True),
        ("python3.11-x86_64", "libstdc++.so.6", "_ZSt11__once_call@GLIBCXX_3.4.11", True),
        ("python3.11-x86_64", "libstdc++.so.6", "_ZSt28__throw_bad_array_new_lengthv@GLIBCXX_3.4.29", False),
        ("python3.12-x86_64", "libstdc++.so.6", "_ZSt28__throw_bad_array_new_lengthv@GLIBCXX_3.4.29", True),
        ("python3.11-arm64", "libz.so.1", "inflate", True),
        ("python3.11-arm64", "libz.so.1", "crc32_z@ZLIB_1.2.9", False),
        ("python3.12-arm64", "libz.so.1", "crc32_z@ZLIB_1.2.9", True),
        ("python3.12-arm64", "libgcc_s.so.1", "__aarch64_ldadd8_acq_rel", False),
        ("python3.12-x86_64", "libgcc_s.so.1", "_Unwind_Resume@GCC_3.0", True),
    ],
)
def test_symbols_that_are_known(target: str, soname: str, symbol: str, there: bool) -> None:
    exports = load_runtime(parse_target(target)).libraries[soname].exports
    assert exports is not None
    assert (symbol in exports) is there


def test_a_symbol_whose_newer_version_is_not_there_is_the_default() -> None:
    wait = "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE"
    old = load_runtime(parse_target("python3.11-x86_64")).libraries["libstdc++.so.6"].exports
    assert old is not None
    assert {wait, f"{wait}@GLIBCXX_3.4.11"} <= old
    assert f"{wait}@GLIBCXX_3.4.30" not in old


def test_the_versions_that_al2_lacks() -> None:
    runtime = load_runtime(parse_target("python3.11-x86_64"))
    assert "GLIBCXX_3.4.29" not in (runtime.libraries["libstdc++.so.6"].versions or ())
    assert "GLIBC_2.27" not in (runtime.libraries["libc.so.6"].versions or ())
    assert runtime.libraries["liblzma.so.5"].versions == {"XZ_5.0"}
    assert runtime.libraries["liblzma.so.5"].path == "/var/lang/lib/liblzma.so.5"


def test_al2023_moves() -> None:
    runtime = load_runtime(parse_target("python3.13-arm64"))
    assert (runtime.symbol_floor["GLIBCXX"], runtime.symbol_ceiling["GLIBCXX"]) == ("3.4.29", "3.4.33")
    assert (runtime.symbol_floor["GCC"], runtime.symbol_ceiling["GCC"]) == ("11.0", "14.0.0")
    assert runtime.symbol_floor["GLIBC"] == runtime.symbol_ceiling["GLIBC"] == "2.34"


@pytest.mark.parametrize("minor", range(8, 16))
def test_sys_path_is_that_of_lambda(minor: int) -> None:
    runtime = load_runtime(parse_target(f"python3.{minor}-x86_64"))
    site = f"/var/lang/lib/python3.{minor}/site-packages"
    layers = (f"/opt/python/lib/python3.{minor}/site-packages", "/opt/python")
    assert runtime.sys_path[:3] == ("/var/task", *layers)
    assert runtime.sys_path[3] == ("/var/runtime" if minor < 11 else site)
    assert runtime.sys_path[-3:] == (site, *layers)
    assert f"/var/lang/lib/python3{minor}.zip" in runtime.sys_path
    assert len(runtime.sys_path) == (10 if minor < 11 else 11)


def test_the_environment_is_that_of_lambda() -> None:
    old, new = (load_runtime(parse_target(f"python3.{minor}-x86_64")).environment for minor in (11, 12))
    assert old["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert set(new) - set(old) == {"LC_CTYPE"}
    runtime = load_runtime(parse_target("python3.11-x86_64"))
    assert ":".join(runtime.library_path) == old["LD_LIBRARY_PATH"]
    assert runtime.library_path.index("/lib64") < runtime.library_path.index("/opt/lib")


def test_what_the_ssl_module_has() -> None:
    found = {str(target.runtime): load_runtime(target).openssl for target in lambda_targets()}
    assert (found["python3.8"], found["python3.9"], found["python3.11"]) == ("1.0.2", None, "1.1.1")
    assert load_runtime(parse_target("python3.13-arm64")).versions["sqlite"] == "3.40.0"


def test_what_a_layer_is_searched_for() -> None:
    runtime = load_runtime(parse_target("python3.11-arm64"))
    assert runtime.layer.python == ("python/lib/python3.11/site-packages", "python")
    assert runtime.extension_suffixes == (".cpython-311-aarch64-linux-gnu.so", ".abi3.so", ".so")


def test_what_the_runtime_brings() -> None:
    runtime = load_runtime(parse_target("python3.13-x86_64"))
    versions = {package.name: package.version for package in runtime.bundled}
    assert versions["boto3"] == versions["botocore"] == "1.40.4"
    assert {"s3transfer", "jmespath", "python-dateutil", "six", "urllib3", "awslambdaric"} <= versions.keys()
    other = load_runtime(parse_target("python3.11-x86_64"))
    assert {package.version for package in other.bundled} == {None}
    assert ("dateutil",) in [package.modules for package in other.bundled]


def test_facts_say_how_they_are_known() -> None:
    runtime = load_runtime(parse_target("python3.12-x86_64"))
    assert runtime.sources["al2023.libraries.unknown"].how is Confidence.UNKNOWN
    assert runtime.sources["al2023.symbols.x86_64.floor.GLIBC"].how is Confidence.VERIFIED
    assert runtime.sources["python_exports"].how is Confidence.INFERRED


@pytest.mark.parametrize(
    ("runtime", "today", "status"),
    [
        ("python3.8", date(2026, 11, 22), Status.DEPRECATED),
        ("python3.10", date(2026, 10, 30), Status.SUPPORTED),
        ("python3.10", date(2026, 10, 31), Status.DEPRECATED),
        ("python3.10", date(2027, 2, 1), Status.CREATE_BLOCKED),
        ("python3.10", date(2027, 3, 3), Status.UPDATE_BLOCKED),
        ("python3.13", date(2026, 11, 22), Status.SUPPORTED),
        ("python3.15", date(2026, 11, 22), Status.PREVIEW),
    ],
)
def test_where_a_runtime_stands_in_its_life(runtime: str, today: date, status: Status) -> None:
    lifecycle = load_runtime(parse_target(f"{runtime}-x86_64")).lifecycle
    assert lifecycle is not None
    assert lifecycle.status(today) is status


def test_the_loader_itself_is_a_library() -> None:
    assert load_runtime(parse_target("python3.8-arm64")).tier("ld-linux-aarch64.so.1") is Tier.SAFE
    assert load_runtime(parse_target("python3.8-arm64")).tier("ld-linux-x86-64.so.2") is Tier.UNKNOWN


@pytest.mark.parametrize("minor", range(8, 16))
def test_what_the_interpreter_exports(minor: int) -> None:
    exports = python_exports((3, minor))
    assert exports is not None
    assert {"PyModule_Create2", "PyInit_math", "_Py_NoneStruct", "_Py_ZeroStruct"} & exports == {
        "PyModule_Create2",
        "_Py_NoneStruct",
    }
    assert ("Py_IsNone" in exports) is (minor >= 10)
    assert ("PyUnicode_AsUCS4" in exports, "PyString_FromString" in exports) == (True, False)
    assert len(exports) > 1500


def test_the_stable_abi_is_in_every_interpreter_that_has_it() -> None:
    abi = stable_abi()
    assert abi["PyModule_Create2"] == (3, 2)
    assert abi["Py_IsNone"] == (3, 10)
    assert "PyExc_WindowsError" not in abi
    for minor in range(8, 16):
        exports = python_exports((3, minor))
        assert exports is not None
        promised = {symbol for symbol, added in abi.items() if added <= (3, minor)}
        # CPython 3.9 had this function as a macro only.
        assert promised - exports == ({"PyCFunction_New"} if minor == 9 else set())


@pytest.mark.parametrize("minor", range(8, 16))
def test_the_standard_library(minor: int) -> None:
    modules = stdlib_modules((3, minor))
    assert {
        "sys",
        "os.path",
        "collections.abc",
        "json.decoder",
        "_socket",
        "sqlite3",
        "tkinter.ttk",
    } <= modules
    assert ("distutils.core" in modules) is (minor < 12)
    assert ("tomllib" in modules) is (minor >= 11)
    assert ("cgi" in modules, "imp" in modules) == (minor < 13, minor < 12)
    assert not modules & {"winreg", "msvcrt", "_winapi", "pip", "setuptools", "test", "site-packages"}


def test_the_standard_library_of_the_interpreter_at_hand() -> None:
    elsewhere = {
        "nt",
        "winreg",
        "winsound",
        "msvcrt",
        "msilib",
        "_msi",
        "_winapi",
        "_overlapped",
        "_scproxy",
        "_wmi",
    }
    names = set(sys.stdlib_module_names) - elsewhere
    assert names <= stdlib_modules((sys.version_info.major, sys.version_info.minor)) | {
        "_android_support",
        "_ios_support",
    }


def test_a_python_that_is_not_known_has_no_exports() -> None:
    assert python_exports((3, 7)) is None
    assert stdlib_modules((2, 7)) == frozenset()
