from factories.layers import entry, folder, judge, link, part
from layerwright.checks.finding import Severity

ID = "file-not-readable"


def test_passes_the_usual_modes():
    entries = [entry("python/a.py"), entry("bin/x", mode=0o755), folder("python"), link("python/l", "a.py")]
    assert not judge(ID, part(entries)).findings


def test_finds_files_of_the_owner_alone():
    (finding,) = judge(
        ID, part([entry("python/a.py", mode=0o600), entry("python/b.so", mode=0o750), entry("python/c.py")])
    ).findings
    assert finding.severity is Severity.ERROR
    assert finding.message == "2 files can be read by the owner alone (mode 600)"
    assert finding.detail["paths"] == ("python/a.py", "python/b.so")


def test_folders_are_a_warning():
    (finding,) = judge(ID, part([entry("python/a.py"), folder("python", mode=0o700)])).findings
    assert finding.severity is Severity.WARNING
