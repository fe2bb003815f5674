from factories.layers import distribution, judge
from layerwright.checks.finding import Severity

ID = "sdk-urllib3-clash"


def test_passes_what_is_old_enough():
    assert not judge(ID, distribution("urllib3", "1.26.20"), target="python3.8-x86_64").findings


def test_passes_where_openssl_is_new():
    assert not judge(ID, distribution("urllib3", "2.5.0"), target="python3.10-x86_64").findings
    assert not judge(ID, distribution("urllib3", "2.5.0"), distribution("botocore", "1.34.0")).findings


def test_finds_an_old_openssl():
    (finding,) = judge(ID, distribution("urllib3", "2.0.7"), target="python3.8-x86_64").findings
    assert finding.severity is Severity.ERROR
    assert "OpenSSL 1.0.2k" in finding.message
    assert "urllib3<2" in finding.fix


def test_finds_an_old_botocore():
    (finding,) = judge(ID, distribution("urllib3", "2.5.0"), distribution("botocore", "1.29.120")).findings
    assert finding.severity is Severity.ERROR
    assert "DEFAULT_CIPHERS" in finding.message


def test_where_reports_differ_it_is_a_warning():
    (finding,) = judge(ID, distribution("urllib3", "2.5.0"), target="python3.9-x86_64").findings
    assert finding.severity is Severity.WARNING
