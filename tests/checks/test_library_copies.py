from factories.layers import distribution, entry, judge, link, part
from layerwright.checks.finding import Severity

ID = "library-copies"

DATA = b"\x7fELF" * (1 << 19)


def test_passes_links_and_different_libraries():
    entries = [entry("lib/libx.so.1", DATA), link("lib/libx.so", "libx.so.1"), entry("lib/liby.so", DATA)]
    assert not judge(ID, part(entries)).findings


def test_finds_links_that_became_copies():
    (finding,) = judge(ID, {"lib/libx.so": DATA, "lib/libx.so.1": DATA, "lib/libx.so.1.2": DATA}).findings
    assert finding.severity is Severity.WARNING
    assert "libx is there 3 times" in finding.message
    assert finding.detail["wasted_bytes"] == 2 * len(DATA)


def test_copies_that_a_wheel_brings_are_only_told():
    files = {"pkg/libx.so": DATA, "pkg/libx.so.1": DATA}
    assert judge(ID, distribution("pkg", files=files)).findings[0].severity is Severity.INFO


def test_small_copies_are_only_told():
    assert judge(ID, {"lib/libx.so": b"x", "lib/libx.so.1": b"x"}).findings[0].severity is Severity.INFO


def test_the_copies_of_one_wheel_are_one_finding():
    files = {f"pkg/lib{name}.so{end}": name * 9 for name in "xyz" for end in ("", ".1")}
    (finding,) = judge(ID, distribution("pkg", files=files)).findings
    assert finding.message.startswith("libx and 2 more libraries are there several times")
    assert len(finding.detail["paths"]) == 6
    assert "a wheel can't hold links" in finding.fix
