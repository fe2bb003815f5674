from factories.layers import entry, judge, link, part
from layerwright.checks.finding import Severity

ID = "symlink-dangling"


def test_passes_links_that_lead_somewhere():
    entries = [
        entry("lib/libx.so.1"),
        link("lib/libx.so", "libx.so.1"),
        link("python/here", "../lib"),
        link("python/abs.so", "/opt/lib/libx.so"),
    ]
    assert not judge(ID, part(entries)).findings


def test_passes_a_link_into_another_layer():
    one, other = part([link("python/data", "../share/data")], name="a"), part({"share/data/x": ""}, name="b")
    assert not judge(ID, one, other).findings
    assert judge(ID, one).findings


def test_finds_links_to_nothing():
    (finding,) = judge(ID, part([link("lib/libx.so", "libx.so.1")])).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "it leads to libx.so.1, which is not there"
    (finding,) = judge(ID, part([link("python/readme", "README")])).findings
    assert finding.severity is Severity.WARNING


def test_finds_a_circle():
    assert len(judge(ID, part([link("python/a", "b"), link("python/b", "a")])).findings) == 2
