from factories.layers import distribution, judge, subject
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "metadata-changed-file"

BINARY = b"\x7fELF" + b"ab\n\0" * 100


def changed(old, new, path="a/_x.so"):
    files = distribution("a", files={path: old})
    files[f"python/{path}"] = new
    return judge(ID, files)


def test_passes_what_was_installed():
    assert not judge(ID, distribution("a", files={"a/_x.so": BINARY, "a/b.py": "x\n"})).findings


def test_finds_a_binary_that_was_treated_as_text():
    (finding,) = changed(BINARY, BINARY.replace(b"\n", b"\r\n")).findings
    assert finding.severity is Severity.ERROR
    assert "CR LF" in finding.message


def test_other_changes_are_only_told():
    for old, new, path in [
        (BINARY, BINARY[:50], "a/_x.so"),
        ("x\n", "y = 1\n", "a/x.py"),
        ("a\n" * 99, "a\r\n" * 99, "a/x.py"),
    ]:
        (finding,) = changed(old, new if isinstance(new, bytes) else new.encode(), path).findings
        assert finding.severity is Severity.INFO


def test_a_known_hash_is_compared():
    files = distribution("a", files={"a/b.py": "x\n"})
    one = subject(files)
    one.contents.digests = {"/opt/python/a/b.py": "sha256=other"}
    assert run_checks(one, select=[ID]).findings
