from factories.layers import folder, judge, part
from layerwright.checks.finding import Severity

ID = "layout-empty"


def test_passes_a_layer_with_a_file():
    assert not judge(ID, {"bin/tool": "#!/bin/sh\n"}).findings


def test_finds_a_layer_without_one():
    (finding,) = judge(ID, part([folder("python")])).findings
    assert finding.severity is Severity.ERROR
    assert (finding.layer, finding.path) == ("layer.zip", "")
