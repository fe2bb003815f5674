import pytest

from factories.layers import entry, judge, link, part
from layerwright.checks.finding import Severity

ID = "symlink-outside"


def test_passes_links_within():
    assert not judge(
        ID, part([entry("lib/libx.so.1"), link("lib/libx.so", "libx.so.1"), link("lib/liby.so", "gone")])
    ).findings


@pytest.mark.parametrize("goal", ["/home/me/src", "../../etc/passwd", "/usr/lib64/libz.so.1"])
def test_finds_links_that_lead_out(goal):
    (finding,) = judge(ID, part([link("python/x", goal)])).findings
    assert finding.severity is Severity.WARNING
    assert finding.message == f"it leads out of the layer, to {goal}"
