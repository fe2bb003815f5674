import pytest

from factories.layers import distribution, subject
from layerwright.binaries.facts import Elf
from layerwright.checks.finding import Severity
from layerwright.checks.run import run_checks

ID = "wheel-tag-lies"


def judged(tag, machine):
    one = subject(distribution("a", files={"a/_x.so": b""}, tags=[tag]))
    facts = Elf(bits=64, little_endian=True, machine=machine, type="shared", size_bytes=0, extent_bytes=0)
    one.contents.binaries = {"/opt/python/a/_x.so": facts}
    return run_checks(one, select=[ID])


@pytest.mark.parametrize(
    ("tag", "machine"),
    [
        ("cp311-cp311-manylinux_2_17_x86_64", "x86_64"),
        ("cp311-cp311-manylinux2014_aarch64", "aarch64"),
        ("py3-none-any", "x86_64"),
        ("cp311-cp311-macosx_11_0_arm64", "x86_64"),
    ],
)
def test_passes_what_agrees_or_says_nothing_of_linux(tag, machine):
    assert not judged(tag, machine).findings


def test_finds_what_differs():
    (finding,) = judged("cp311-cp311-manylinux2014_aarch64", "x86_64").findings
    assert finding.severity is Severity.WARNING
    assert finding.message == "a==1.0 is tagged aarch64, and its binaries are for x86_64"
    assert finding.path == "python/a/_x.so"
