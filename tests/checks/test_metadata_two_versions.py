from factories.layers import distribution, judge, part
from layerwright.checks.finding import Severity

ID = "metadata-two-versions"


def test_passes_one_version_in_two_places():
    inner = "python/lib/python3.11/site-packages"
    assert not judge(ID, distribution("a"), distribution("a", site=inner), distribution("b", "2")).findings


def test_finds_two_versions_in_one_folder():
    (finding,) = judge(ID, distribution("requests", "2.28.0"), distribution("requests", "2.32.3")).findings
    assert finding.severity is Severity.WARNING
    assert "2.28.0, 2.32.3; their files lie over each other" in finding.message


def test_finds_names_that_differ_only_in_writing():
    assert judge(ID, distribution("zope.interface", "5.0"), distribution("Zope-Interface", "6.0")).findings


def test_finds_them_in_two_layers():
    one, other = part(distribution("a", "1"), name="one.zip"), part(distribution("a", "2"), name="two.zip")
    assert judge(ID, one, other).findings


def test_what_the_function_overrides_is_only_told():
    function = part(distribution("a", "2", site="x"), name="src")
    own = {path.removeprefix("x/"): entry.read() for path, entry in function.tree.items()}
    (finding,) = judge(ID, distribution("a", "1"), function=own).findings
    assert finding.severity is Severity.INFO
    assert finding.message.endswith("Python takes 2")
