import pytest

from factories.elves import extension
from factories.layers import distribution, subject
from layerwright.checks.catalogue import CATALOGUE
from layerwright.checks.explain import explain_message, find_check
from layerwright.checks.run import run_checks
from layerwright.checks.symptoms import _PATTERNS, read_message
from layerwright.errors import UsageError
from layerwright.report.explain_text import explanation_text, page_text, rules_text

# The message of each row of failure-cases.md that has one, with what is to be read from it.
MESSAGES = [
    (1, "/opt/python/cryptography/_rust.abi3.so: invalid ELF header", "not-elf", ""),
    (2, "Unable to import module 'app': No module named 'pydantic_core._pydantic_core'", "module", "pydantic_core._pydantic_core"),
    (3, "No module named 'numpy.core._multiarray_umath'", "module", "numpy.core._multiarray_umath"),
    (4, "Error importing numpy: you should not try to import numpy from its source directory", "numpy-source", "numpy"),
    (5, "No module named 'psycopg2._psycopg'", "module", "psycopg2._psycopg"),
    (6, "cannot import name 'cygrpc' from 'grpc._cython' (/opt/python/grpc/_cython/__init__.py)", "import-name", "grpc._cython.cygrpc"),
    (7, "/lib64/libc.so.6: version `GLIBC_2.28' not found (required by /opt/python/x.so)", "version", "GLIBC_2.28"),
    (8, "version 'GLIBC_2.18' not found", "version", "GLIBC_2.18"),
    (9, "/lib64/libstdc++.so.6: version `CXXABI_1.3.9' not found (required by /opt/x.so)", "version", "CXXABI_1.3.9"),
    (10, "libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory", "library", "libc.musl-x86_64.so.1"),
    (11, "Unable to import module 'app': libGL.so.1: cannot open shared object file: No such file", "library", "libGL.so.1"),
    (12, "libgthread-2.0.so.0: cannot open shared object file", "library", "libgthread-2.0.so.0"),
    (14, "libssl.so.1.1: cannot open shared object file", "library", "libssl.so.1.1"),
    (17, "OSError: Could not find lib geos_c or load any of its variants", "library", "geos_c"),
    (18, "OSError: Cannot load native module 'Cryptodome.Cipher._raw_ecb'", "native-module", "Cryptodome.Cipher._raw_ecb"),
    (19, "/opt/python/psycopg2/_psycopg.so: undefined symbol: _Py_ZeroStruct", "symbol", "_Py_ZeroStruct"),
    (20, "dynamic module does not define module export function (PyInit__x)", "init", "PyInit__x"),
    (21, "libgfortran.so.5: ELF load command address/offset not properly aligned", "alignment", ""),
    (22, "importlib.metadata.PackageNotFoundError: No package metadata was found for stripe", "metadata", "stripe"),
    (23, "pkg_resources.DistributionNotFound: The 'google-api-core' distribution was not found", "metadata", "google-api-core"),
    (26, "No module named 'aws_xray_sdk'", "module", "aws_xray_sdk"),
    (28, "cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_' (/opt/python/urllib3/util/ssl_.py)", "sdk", "DEFAULT_CIPHERS"),
    (29, "urllib3 v2.0 only supports OpenSSL 1.1.1+, currently the 'ssl' module is compiled with 'OpenSSL 1.0.2k-fips'", "openssl", "urllib3"),
    (31, "botocore.exceptions.UnknownServiceError: Unknown service: 'bedrock'. Valid service names are: acm", "service", "bedrock"),
    (32, "numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88", "numpy-abi", "numpy"),
    (33, "RequestId: x Error: Runtime exited with error: signal: segmentation fault", "crash", ""),
    (36, "[Errno 13] Permission denied: '/opt/python/app.py'", "permission", ""),
    (37, "Unzipped size must be smaller than 262144000 bytes", "size", ""),
    (38, "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes.", "size", ""),
    (39, "Request must be smaller than 70167211 bytes for the PublishLayerVersion operation", "upload", ""),
    (45, "No module named google.cloud", "module", "google.cloud"),
    (51, "fork/exec /opt/extensions/agent: exec format error", "exec", ""),
    (52, "Runtime exited with error: signal: illegal instruction", "crash", ""),
    (57, "libtorch.so: cannot enable executable stack as shared object requires: Invalid argument", "stack", ""),
    (0, "Handler 'main' missing on module 'app'", "handler", "main"),
    (0, "Bad handler 'app': not enough values to unpack (expected 2, got 1)", "handler", "app"),
    (0, "Syntax error in module 'app': invalid syntax (app.py, line 3)", "syntax", "app"),
    (0, "/opt/python/a/_x.abi3.so: cannot open shared object file: No such file or directory", "wrong-machine", ""),
    (0, "Importing the numpy C-extensions failed. This error can happen for many reasons", "numpy-source", "numpy"),
    (0, 'OSError: no library called "cairo-2" was found', "library", "cairo-2"),
    (0, "ImportError: failed to find libmagic.  Check your installation", "library", "libmagic"),
    (0, "module 'enum' has no attribute 'IntFlag'", "shadow", "enum"),
    (0, "Could not unzip uploaded file. Please check your file, then try to upload again.", "unzip", ""),
]  # fmt: skip


@pytest.mark.parametrize(("row", "message", "kind", "name"), MESSAGES)
def test_messages_are_taken_apart(row, message, kind, name):
    symptom = read_message(message)
    assert (symptom.kind, symptom.name) == (kind, name)
    assert explain_message(message).checks


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("2026-11-22T10:00:00Z 4f Task timed out after 3.00 seconds", "timeout"),
        ("RequestId: 4f Error: Runtime exited with error: signal: killed", "memory"),
    ],
)
def test_what_is_no_layer_s_fault_is_said_to_be_none(message, kind):
    explained = explain_message(message)
    assert (explained.symptom.kind, explained.checks) == (kind, ())
    assert explanation_text(explained, judged=False) == explained.symptom.meaning


def test_every_check_that_a_message_points_to_exists():
    from fnmatch import fnmatchcase

    ids = [check.id for check in CATALOGUE]
    named = {name for pattern in _PATTERNS for name in pattern.checks}
    assert not [name for name in named if not any(fnmatchcase(one, name) for one in ids)]


def test_an_unknown_text_is_a_usage_error():
    with pytest.raises(UsageError, match="neither a check nor an error message"):
        explain_message("hello")
    with pytest.raises(UsageError) as caught:
        explain_message("metadata-missing-dependancy")
    assert "metadata-missing-dependency" in caught.value.hint


def judged(message, *parts, **options):
    return explain_message(message, run_checks(subject(*parts, **options)))


def test_the_cause_is_found_in_the_layer():
    files = {"requests/__init__.py": "import certifi\n"}
    explained = judged(
        "No module named 'certifi'", distribution("requests", files=files, requires=["certifi"])
    )
    assert [one.check for one in explained.causes] == ["metadata-missing-dependency"]
    text = explanation_text(explained, judged=True)
    assert text.startswith(
        "Python found no file for the module that this runtime could use. It names certifi."
    )
    assert 'fix: layerwright build "requests==1.0"' in text


def test_what_is_said_of_a_package_explains_its_modules():
    layer = {path.removeprefix("python/"): data for path, data in distribution("psycopg2").items()}
    explained = judged("No module named 'psycopg2._psycopg'", layer)
    assert [one.check for one in explained.causes] == ["layout-no-python-folder"]


def test_findings_on_other_things_are_no_cause():
    explained = judged("No module named 'gone'", distribution("requests", requires=["certifi"]))
    assert explained.causes == ()
    assert [one.check for one in explained.others] == ["metadata-missing-dependency"]
    assert "These errors were found as well" in explanation_text(explained, judged=True)


def test_an_unknown_text_has_the_errors_of_the_layer_beside_it():
    files = {"a/__init__.py": "from a import _b\n", "a/_b.cpython-39-x86_64-linux-gnu.so": extension("_b")}
    explained = judged("it went wrong", distribution("a", files=files))
    assert (explained.symptom.kind, explained.causes) == ("unknown", ())
    assert [one.check for one in explained.others] == ["extension-wrong-suffix"]
    assert "of no kind that is known" in explanation_text(explained, judged=True)


def test_a_layer_without_fault_is_said_to_be_so():
    assert "`layerwright prove`" in explanation_text(
        judged("No module named 'gone'", distribution("a")), judged=True
    )


def test_without_a_layer_likely_causes_are_listed():
    text = explanation_text(
        explain_message("Unzipped size must be smaller than 262144000 bytes"), judged=False
    )
    assert "size-unzipped" in text


def test_a_check_is_explained_by_its_page():
    text = page_text(find_check("layout-no-python-folder"))
    assert text.startswith("# layout-no-python-folder (error)\n\nThe packages stand at the top of the layer")
    assert "## Fix" in text
    assert find_check("nonsense") is None
    assert all(check.id in rules_text(CATALOGUE) for check in CATALOGUE)
