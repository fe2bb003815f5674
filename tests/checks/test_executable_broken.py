import pytest

from factories.layers import entry, judge, part
from layerwright.checks.finding import Severity

ID = "executable-broken"

X86, ARM = (b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + machine + bytes(44) for machine in (b"\x3e\0", b"\xb7\0"))


def judged(path, data, mode=0o755, target="python3.11-x86_64"):
    return judge(ID, part([entry(path, data, mode=mode)]), target=target).findings


def test_passes_what_can_be_started():
    assert not judged("extensions/agent", X86)
    assert not judged("extensions/agent", ARM, target="python3.11-arm64")
    assert not judged("extensions/agent", b"#!/bin/sh\nexec x\n")
    assert not judged("bin/data/readme.txt", b"text", 0o644)


@pytest.mark.parametrize(
    ("data", "mode", "reason"),
    [
        (ARM, 0o755, "it is built for aarch64, the target is x86_64"),
        (b"#!/bin/sh\r\nexec x\r\n", 0o755, "CRLF"),
        (b"exec x\n", 0o755, "neither a Linux program nor a script"),
        (b"MZ\x90", 0o755, "a Windows program"),
        (X86, 0o644, "not executable (mode 644)"),
        (b"#!/home/me/venv/bin/python\n", 0o755, "/home/me/venv/bin/python"),
        (b"", 0o755, "neither a Linux program nor a script"),
    ],
)
def test_finds_what_cannot_be_started(data, mode, reason):
    (finding,) = judged("extensions/agent", data, mode)
    assert finding.severity is Severity.ERROR
    assert reason in finding.message
    assert judged("bin/agent", data, mode)[0].severity is Severity.WARNING
