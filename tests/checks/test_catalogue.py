import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from layerwright.checks import rules
from layerwright.checks.catalogue import CATALOGUE

HEADINGS = ["What it checks", "Why it fails on Lambda", "Example", "Fix", "References"]
TESTS = Path(__file__).parent


def test_every_check_is_listed_and_sorted():
    modules = [
        importlib.import_module(f"{rules.__name__}.{module.name}")
        for module in pkgutil.iter_modules(rules.__path__)
    ]
    assert {module.CHECK.id for module in modules} == {check.id for check in CATALOGUE}
    assert [check.id for check in CATALOGUE] == sorted({check.id for check in CATALOGUE})


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_a_check_is_whole(check):
    assert check.run.__module__.rpartition(".")[2] == check.id.replace("-", "_")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", check.id)
    first, _, rest = check.page.partition("\n")
    assert first == f"{check.summary}."
    assert re.findall(r"^## (.*)$", rest, re.M) == HEADINGS
    assert all(part.strip() for part in re.split(r"^## .*$", rest, flags=re.M)[1:])
    assert check.fix.endswith(".")


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_a_check_has_a_passing_and_a_failing_case(check):
    text = (TESTS / f"test_{check.id.replace('-', '_')}.py").read_text()
    assert check.id in text
    assert re.search(r"^def test_passes_", text, re.M)
    assert re.search(r"^def test_finds_", text, re.M)
