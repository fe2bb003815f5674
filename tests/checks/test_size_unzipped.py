from dataclasses import replace

from factories.layers import entry, judge, part
from layerwright.checks.finding import Severity

ID = "size-unzipped"


def big(path, size):
    return replace(entry(path), size_bytes=size)


def test_passes_what_is_small_enough():
    assert not judge(ID, part([big("python/a", 262_144_000)])).findings


def test_finds_a_layer_that_is_too_large():
    (finding,) = judge(ID, part([big("python/a/x", 262_144_000), big("python/b/y", 1)])).findings
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("262,144,001 bytes unzipped; Lambda takes 262,144,000")
    assert "largest: python/a (262,144,000), python/b (1)" in finding.message


def test_finds_a_stack_that_is_too_large():
    parts = [part([big(f"python/{name}", 150_000_000)], name=name) for name in "ab"]
    (finding,) = judge(ID, *parts).findings
    assert "together have 300,000,000 bytes" in finding.message
    function = part([big("model.bin", 150_000_000)], name="src")
    assert judge(ID, parts[0], function=function).findings
