from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "layout-other-python"


def test_passes_the_folder_of_the_target():
    assert not judge(ID, distribution("a", site="python/lib/python3.11/site-packages")).findings


def test_finds_the_folder_of_another_version():
    (finding,) = judge(ID, distribution("psycopg2", site="python/lib/python3.7/site-packages")).findings
    assert finding.severity is Severity.ERROR
    assert (
        finding.message
        == "psycopg2 stands in python/lib/python3.7/site-packages; python3.11 doesn't look there"
    )


def test_a_layer_for_several_runtimes_is_only_told():
    sites = [f"python/lib/python3.{minor}/site-packages" for minor in (10, 11, 12)]
    findings = judge(ID, *(distribution("a", site=site) for site in sites)).findings
    assert [one.severity for one in findings] == [Severity.INFO, Severity.INFO]
