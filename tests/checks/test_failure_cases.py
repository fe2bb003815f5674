"""How layers fail on Lambda: one good layer, and one mutation for each way that people have reported.

Rows are numbered as in the collection of public failure reports that the checks were made from. A case holds the layer as
it fails; the same layer without the fault has to be free of that finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from factories.elves import Load, Undefined, elf, extension, mach_o, portable_executable
from factories.layers import distribution, entry, link, part, pyc, subject
from layerwright.checks.explain import explain_message
from layerwright.checks.finding import Severity
from layerwright.checks.result import CheckResult
from layerwright.checks.run import run_checks
from layerwright.targets.runtime import BundledPackage

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
AL2, AL2023 = "python3.11-x86_64", "python3.12-x86_64"
SUFFIX = ".cpython-311-x86_64-linux-gnu.so"
MANYLINUX = ("cp311-cp311-manylinux_2_17_x86_64",)
IMPORTS = "from pkg import _ext\n"


def pkg(data=None, name=f"_ext{SUFFIX}", source=IMPORTS, project="pkg", more=None, **options):
    """A package whose top imports one extension module."""
    files = {
        f"{project}/__init__.py": source.replace("pkg", project),
        f"{project}/{name}": data or extension("_ext"),
    }
    return distribution(project, files={**files, **(more or {})}, tags=MANYLINUX, **options)


def without(files, *parts):
    return {path: data for path, data in files.items() if not any(piece in path for piece in parts)}


def undefined(name, soname=None, version=None):
    return extension(
        "_ext", needed=(soname,) if soname else (), undefined=(Undefined(name, soname, version),)
    )


@dataclass(frozen=True)
class Case:
    """A row: its number, the check that has to find it and how grave, the broken layer and the same without the fault."""

    row: int
    check: str
    severity: Severity
    broken: Callable[[], tuple]
    sound: Callable[[], tuple]
    says: str = ""
    message: str = ""
    target: str = AL2
    options: Mapping[str, object] = field(default_factory=dict)
    sound_options: Mapping[str, object] | None = None

    def judge(self, layers: Callable[[], tuple], options: Mapping[str, object]) -> CheckResult:
        return run_checks(subject(*layers(), target=self.target, **options))


def case(row, check, severity, broken, sound, **more):
    def fixed(value):
        return value if callable(value) else (lambda: value if isinstance(value, tuple) else (value,))

    return Case(row=row, check=check, severity=severity, broken=fixed(broken), sound=fixed(sound), **more)


GOOD = pkg()
BOTOCORE_OLD = (
    BundledPackage(name="boto3", version="1.40.4", modules=("boto3",)),
    BundledPackage(name="botocore", version=None, modules=("botocore",)),
)
LOOKUP = "from importlib.metadata import version\n__version__ = version('stripe')\n"
CODE = "import {}\n\ndef handler(event, context):\n    return {}\n"
NATYPE = {
    "numpy/__init__.py": "from numpy import testing\n",
    "numpy/testing/__init__.py": "from numpy._core.tests._natype import pd_NA\n",
    "numpy/_core/__init__.py": "",
    "numpy/_core/tests/__init__.py": "",
    "numpy/_core/tests/_natype.py": "pd_NA = 1\n",
}
ORC = {
    "pyarrow/__init__.py": "",
    "pyarrow/dataset/__init__.py": "import pyarrow._orc\n",
    f"pyarrow/_orc{SUFFIX}": extension("_orc"),
}
UNZIPPED, ZIPPED = 262_144_001, 52_428_801
BIG = replace(entry("python/data.bin"), size_bytes=UNZIPPED)
HALF = replace(entry("python/data.bin"), size_bytes=UNZIPPED // 2 + 1)
NATIVE = "Crypto/Cipher/_raw_ecb.abi3.so"
PYCRYPTODOME = {
    "Crypto/__init__.py": "",
    "Crypto/Cipher/__init__.py": "from Crypto.Util import load_pycryptodome_raw_lib\nlib = load_pycryptodome_raw_lib('Crypto.Cipher._raw_ecb', '')\n",
    "Crypto/Util.py": "def load_pycryptodome_raw_lib(name, cdecl): ...\n",
}
RENAMED = extension("other")
FLAGGED = pkg(name="_ext.cpython-37m-x86_64-linux-gnu.so")
AARCH64 = ("cp311-cp311-manylinux2014_aarch64",)

CASES = (
    case(1, "binary-not-linux", ERROR, pkg(mach_o("x86_64")), GOOD, message=f"/opt/python/pkg/_ext{SUFFIX}: invalid ELF header"),
    case(2, "elf-wrong-machine", ERROR, pkg(extension("_pydantic_core", machine="aarch64"), name="_pydantic_core.abi3.so", source="from pkg import _pydantic_core\n"),
         pkg(extension("_pydantic_core"), name="_pydantic_core.abi3.so", source="from pkg import _pydantic_core\n"), message="No module named 'pkg._pydantic_core'"),
    case(3, "extension-wrong-suffix", ERROR, pkg(name="_ext.cpython-310-x86_64-linux-gnu.so"), GOOD, says="Python 3.10", message="No module named 'pkg._ext'"),
    case(4, "elf-wrong-machine", ERROR, pkg(extension("_ext", machine="aarch64"), name="_ext.cpython-311-aarch64-linux-gnu.so"), GOOD, says="aarch64", message="No module named 'pkg._ext'"),
    case(5, "extension-wrong-suffix", ERROR, FLAGGED, GOOD, says="Python 3.7", message="No module named 'pkg._ext'"),
    case(6, "extension-wrong-suffix", ERROR, pkg(extension("cygrpc"), name="cygrpc.cpython-38-x86_64-linux-gnu.so", source="from pkg import cygrpc\n"),
         pkg(extension("cygrpc"), name="cygrpc" + SUFFIX, source="from pkg import cygrpc\n"), message="cannot import name 'cygrpc' from 'pkg'"),
    case(7, "elf-symbol-version", ERROR, pkg(undefined("fcntl64", "libc.so.6", "GLIBC_2.28")), pkg(undefined("memcpy", "libc.so.6", "GLIBC_2.14")),
         says="GLIBC_2.28", message="/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /opt/python/pkg/_ext.so)"),
    case(8, "elf-symbol-version", ERROR, pkg(undefined("f", "libc.so.6", "GLIBC_2.38")), GOOD, says="GLIBC_2.38", target=AL2),
    case(9, "elf-symbol-version", ERROR, pkg(undefined("f", "libstdc++.so.6", "GLIBCXX_3.4.32")), pkg(undefined("_Znwm", "libstdc++.so.6", "GLIBCXX_3.4")),
         says="GLIBCXX_3.4.32", message="/lib64/libstdc++.so.6: version `GLIBCXX_3.4.32' not found"),
    case(10, "musl-binary", ERROR, pkg(extension("_ext", needed=("libc.musl-x86_64.so.1",))), GOOD, message="libc.musl-x86_64.so.1: cannot open shared object file"),
    case(11, "elf-missing-library", ERROR, pkg(undefined("glClear", "libGL.so.1")), GOOD, says="libGL.so.1", message="libGL.so.1: cannot open shared object file"),
    case(12, "elf-missing-library", ERROR, pkg(undefined("g_thread_init", "libgthread-2.0.so.0"), project="cv2"), pkg(project="cv2"), says="libgthread-2.0.so.0"),
    case(13, "elf-missing-library", ERROR, pkg(undefined("xsltInit", "libxslt.so.1")), GOOD, says="libxslt.so.1", options={"complete": True}, sound_options={}),
    case(14, "elf-missing-library", ERROR, pkg(undefined("SSL_new", "libssl.so.3")), GOOD, says="libssl.so.3"),
    case(15, "elf-missing-library", ERROR, pkg(extension("_ext", needed=("libpython2.7.so.1.0",))), GOOD, says="libpython2.7.so.1.0"),
    case(16, "elf-missing-library", WARNING, pkg(extension("_ext", needed=("libicudata.so.60",), undefined=("PyList_New",)), source=""), GOOD, says="libicudata.so.60"),
    case(17, "library-not-found", WARNING, distribution("shapely", files={"shapely/__init__.py": "from ctypes.util import find_library\nlib = find_library('geos_c')\n"}),
         distribution("shapely", files={"shapely/__init__.py": "from ctypes.util import find_library\nlib = find_library('z')\n"}), says="libgeos_c", message="OSError: Could not find lib geos_c"),
    case(18, "elf-wrong-machine", ERROR, distribution("pycryptodome", files={**PYCRYPTODOME, NATIVE: elf(machine="aarch64")}, tags=MANYLINUX),
         distribution("pycryptodome", files={**PYCRYPTODOME, NATIVE: extension("_raw_ecb")}, tags=MANYLINUX), message="Cannot load native module 'Crypto.Cipher._raw_ecb'"),
    case(19, "elf-undefined-symbol", ERROR, pkg(extension("_ext", undefined=("_Py_ZeroStruct",))), pkg(extension("_ext", undefined=("PyList_New",))),
         says="_Py_ZeroStruct", message="/opt/python/pkg/_ext.so: undefined symbol: _Py_ZeroStruct"),
    case(20, "extension-no-init", ERROR, pkg(RENAMED), GOOD, says="PyInit__ext", message="does not define module export function (PyInit__ext)"),
    case(21, "elf-misaligned-segment", ERROR, pkg(extension("_ext", load=Load(address=0x123, align=0x1000))), GOOD, message="ELF load command address/offset not properly aligned"),
    case(22, "metadata-absent", ERROR, {"python/stripe/__init__.py": LOOKUP}, distribution("stripe", files={"stripe/__init__.py": LOOKUP}), message="No package metadata was found for stripe"),
    case(23, "metadata-absent", ERROR, {"python/opencensus/__init__.py": "import pkg_resources\nv = pkg_resources.get_distribution('opencensus')\n"}, distribution("opencensus"),
         message="pkg_resources.DistributionNotFound: The 'opencensus' distribution was not found"),
    case(24, "metadata-missing-file", ERROR, without(distribution("numpy", "2.2.0", NATYPE), "_natype.py"), distribution("numpy", "2.2.0", NATYPE), message="No module named 'numpy._core.tests._natype'"),
    case(25, "metadata-missing-file", ERROR, without(distribution("pyarrow", files=ORC, tags=MANYLINUX), f"_orc{SUFFIX}"), distribution("pyarrow", files=ORC, tags=MANYLINUX), message="No module named 'pyarrow._orc'"),
    case(26, "metadata-missing-dependency", ERROR, distribution("a", requires=["aws-xray-sdk"]), (distribution("a", requires=["aws-xray-sdk"]), distribution("aws-xray-sdk")), message="No module named 'aws_xray_sdk'"),
    case(27, "stdlib-removed", ERROR, distribution("old", files={"old/__init__.py": "import distutils\n"}), distribution("old", files={"old/__init__.py": ""}), target=AL2023, message="No module named 'distutils'"),
    case(28, "sdk-urllib3-clash", ERROR, (distribution("urllib3", "2.2.0"), distribution("botocore", "1.29.90")), (distribution("urllib3", "2.2.0"), distribution("botocore", "1.34.0")),
         message="cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_'"),
    case(29, "sdk-urllib3-clash", ERROR, distribution("urllib3", "2.0.7"), distribution("urllib3", "1.26.18"), target="python3.8-x86_64",
         message="urllib3 v2.0 only supports OpenSSL 1.1.1+, currently the 'ssl' module is compiled with 'OpenSSL 1.0.2k-fips'"),
    case(30, "sdk-partial", WARNING, distribution("boto3", "1.34.0"), (distribution("boto3"), distribution("botocore"), distribution("s3transfer"))),
    case(31, "sdk-too-old", WARNING, distribution("a", requires=["boto3>=1.42"]), distribution("a", requires=["boto3>=1.20"]), options={"bundled": BOTOCORE_OLD}, says="1.40.4"),
    case(32, "numpy-abi-mix", WARNING, (distribution("numpy", "2.1.0"), distribution("pandas", files={f"pandas/_x{SUFFIX}": extension("_x") + b"numpy.core._multiarray_umath"}, requires=["numpy"])),
         (distribution("numpy", "1.26.4"), distribution("pandas", files={f"pandas/_x{SUFFIX}": extension("_x") + b"numpy.core._multiarray_umath"}, requires=["numpy"])),
         message="numpy.dtype size changed, may indicate binary incompatibility"),
    case(33, "wheel-built-locally", INFO, distribution("pyarrow", tags=["cp311-cp311-linux_x86_64"]), distribution("pyarrow", tags=MANYLINUX)),
    case(34, "layout-no-python-folder", ERROR, {path.removeprefix("python/"): data for path, data in GOOD.items()}, GOOD, message="No module named 'pkg'"),
    case(35, "layout-other-python", ERROR, distribution("psycopg2", site="python/lib/python3.7/site-packages"), distribution("psycopg2", site="python/lib/python3.11/site-packages"), message="No module named 'psycopg2'"),
    case(36, "file-not-readable", ERROR, part([entry("python/app.py", mode=0o600)]), part([entry("python/app.py")]), message="[Errno 13] Permission denied: '/opt/python/app.py'"),
    case(37, "size-unzipped", ERROR, part([BIG]), part([HALF]), message="Unzipped size must be smaller than 262144000 bytes"),
    case(38, "size-unzipped", ERROR, (part([HALF], name="a"), part([replace(HALF, path="python/other.bin")], name="b")), part([HALF]), message="Function code combined with layers exceeds the maximum allowed size"),
    case(39, "size-upload", WARNING, part(GOOD, zipped_bytes=ZIPPED), part(GOOD, zipped_bytes=ZIPPED - 1), message="Request must be smaller than 70167211 bytes"),
    case(40, "junk-files", INFO, {**GOOD, "__MACOSX/python/._pkg": "x", "python/.DS_Store": "x"}, GOOD),
    case(41, "library-copies", WARNING, {"lib/libx.so": b"x" * (1 << 20), "lib/libx.so.1": b"x" * (1 << 20)}, part([entry("lib/libx.so.1", b"x" * (1 << 20)), link("lib/libx.so", "libx.so.1")])),
    case(42, "symlink-dangling", ERROR, part([link("lib/libx.so", "libx.so.1")]), part([entry("lib/libx.so.1"), link("lib/libx.so", "libx.so.1")])),
    case(43, "bytecode-stale", WARNING, {"python/a.py": "x", "python/__pycache__/a.cpython-311.pyc": pyc(3495, 0, 1, 1)}, {"python/a.py": "x", "python/__pycache__/a.cpython-311.pyc": pyc(3495, 1)}),
    case(44, "bytecode-other-python", WARNING, {"python/a.py": "x", "python/__pycache__/a.cpython-39.pyc": pyc(3425)}, {"python/a.py": "x"}),
    case(45, "module-hidden", ERROR, distribution("google-cloud-storage", files={"google/cloud/storage/__init__.py": ""}), distribution("google-cloud-storage", files={"google/cloud/storage/__init__.py": ""}),
         options={"function": {"google/__init__.py": "", "app.py": ""}}, sound_options={"function": {"app.py": ""}}, message="No module named 'google.cloud'"),
    case(46, "editable-install", ERROR, distribution("mylib", files={"_mylib.pth": "/home/me/mylib/src\n"}, extra={"direct_url.json": '{"url": "file:///home/me/mylib", "dir_info": {"editable": true}}'}), distribution("mylib"), message="No module named 'mylib'"),
    case(47, "binary-not-linux", ERROR, pkg(mach_o(), name="_ext.cpython-311-darwin.so"), GOOD, message="No module named 'pkg._ext'"),
    case(48, "binary-not-linux", ERROR, pkg(portable_executable(), name="_ext.cp311-win_amd64.pyd"), GOOD, message="No module named 'pkg._ext'"),
    case(49, "extension-wrong-suffix", INFO, pkg(more={f"pkg/_ext.cpython-{minor}-x86_64-linux-gnu.so": extension("_ext") for minor in (39, 310, 312)}), GOOD),
    case(50, "metadata-two-versions", WARNING, (distribution("requests", "2.28.0"), distribution("requests", "2.32.3")), distribution("requests", "2.32.3")),
    case(51, "executable-broken", ERROR, part([entry("extensions/agent", elf(type="executable", machine="aarch64"), mode=0o755)]), part([entry("extensions/agent", elf(type="executable"), mode=0o755)]),
         message="fork/exec /opt/extensions/agent: exec format error"),
    case(52, "elf-cpu-level", WARNING, pkg(extension("_ext", isa_needed=("x86-64-v4",))), GOOD, message="Runtime exited with error: signal: illegal instruction"),
    case(53, "metadata-missing-dependency", ERROR, distribution("a", requires=["tomli; python_version < '3.11'"]), distribution("a", requires=["tomli; python_version >= '3.11'"]), target="python3.10-x86_64", says="tomli"),
    case(54, "environment-hides-layers", ERROR, GOOD, GOOD, options={"environment": {"PYTHONPATH": "/var/task/src"}}, sound_options={"environment": {"STAGE": "prod"}}, message=""),
    case(55, "elf-hidden-by-system", WARNING, {"lib/libstdc++.so.6": elf(soname="libstdc++.so.6")}, {"lib/libown.so.6": elf(soname="libown.so.6")}),
    case(57, "elf-executable-stack", INFO, pkg(extension("_ext", stack="rwx")), GOOD),
    case(58, "wheel-tag-lies", WARNING, distribution("pkg", files={f"pkg/_ext{SUFFIX}": extension("_ext")}, tags=AARCH64), distribution("pkg", files={f"pkg/_ext{SUFFIX}": extension("_ext")}, tags=MANYLINUX)),
)  # fmt: skip


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"row{one.row}")
def test_the_failure_is_found(one):
    result = one.judge(one.broken, one.options)
    assert not result.crashed
    found = [finding for finding in result.findings if finding.check == one.check]
    assert found, [finding.message for finding in result.findings]
    assert found[0].severity is one.severity
    assert one.says in found[0].message
    assert result.ok is (one.severity is not ERROR)


@pytest.mark.parametrize("one", CASES, ids=lambda one: f"row{one.row}")
def test_without_the_fault_nothing_is_said_of_it(one):
    result = one.judge(one.sound, one.options if one.sound_options is None else one.sound_options)
    assert not result.crashed
    assert [finding.message for finding in result.findings if finding.check == one.check] == []
    assert result.ok, [finding.message for finding in result.findings]


@pytest.mark.parametrize("one", [one for one in CASES if one.message], ids=lambda one: f"row{one.row}")
def test_the_message_on_lambda_leads_to_it(one):
    explained = explain_message(one.message, one.judge(one.broken, one.options))
    assert one.check in [finding.check for finding in explained.causes]


def test_every_row_has_its_case():
    # Row 56 (the time zone of the runtime) is a matter of running, not of layers.
    assert [one.row for one in CASES] == [row for row in range(1, 59) if row != 56]
