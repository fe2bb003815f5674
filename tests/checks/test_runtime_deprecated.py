from datetime import date

import pytest

from factories.layers import judge
from layerwright.checks.finding import Severity

ID = "runtime-deprecated"


def test_passes_a_supported_runtime():
    assert not judge(ID, {}, target="python3.12-x86_64", today=date(2026, 11, 22)).findings


@pytest.mark.parametrize(
    ("target", "today", "said"),
    [
        ("python3.8-x86_64", date(2026, 11, 22), "is deprecated (since 2024-10-14)"),
        ("python3.10-arm64", date(2026, 10, 31), "is deprecated (since 2026-10-31)"),
        ("python3.8-x86_64", date(2027, 2, 1), "no longer lets functions be created"),
        ("python3.8-x86_64", date(2027, 3, 3), "no longer lets functions with it be updated"),
    ],
)
def test_finds_a_runtime_past_its_date(target, today, said):
    (finding,) = judge(ID, {}, target=target, today=today).findings
    assert finding.severity is Severity.WARNING
    assert said in finding.message


def test_a_preview_is_told():
    (finding,) = judge(ID, {}, target="python3.15-x86_64", today=date(2026, 11, 22)).findings
    assert finding.severity is Severity.INFO


def test_not_applicable_to_a_runtime_without_dates():
    assert judge(ID, {}, lifecycle=None).not_applicable
