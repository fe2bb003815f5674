"""What is kept of the corpus is whole, explained, and as wide as it is said to be."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from factories.corpus import read_hashes, read_layers, read_verdicts
from layerwright.checks.catalogue import CATALOGUE

_ROOT = Path(__file__).parents[2]
_SCRIPT = _ROOT / "scripts" / "refresh_corpus.py"
_LAYERS = read_layers()
_VERDICTS = read_verdicts()
_GRAVE = {"error", "warning"}


def test_every_layer_has_a_verdict_and_a_name_of_its_own() -> None:
    assert [str(layer) for layer in _LAYERS] == list(_VERDICTS)


def test_every_wheel_has_its_hash() -> None:
    assert {wheel for layer in _LAYERS for wheel in layer.wheels} == set(read_hashes())


def test_errors_and_warnings_are_explained_and_nothing_else() -> None:
    grave = {name for name, findings in _VERDICTS.items() if any(one.severity in _GRAVE for one in findings)}
    explained = {str(layer) for layer in _LAYERS if layer.why}
    assert explained == grave


def test_every_finding_is_of_a_check_that_there_is() -> None:
    told = {finding.check for findings in _VERDICTS.values() for finding in findings}
    assert told <= {check.id for check in CATALOGUE}


def test_it_is_as_wide_as_it_is_said_to_be() -> None:
    assert len(read_hashes()) >= 200
    targets = {layer.target for layer in _LAYERS}
    assert len(targets) >= 4
    assert {target.architecture for target in targets} == {"x86_64", "arm64"}
    assert any(target.python >= (3, 12) for target in targets)


@pytest.mark.parametrize("page", ["README.md", "docs/tested.md"])
def test_the_number_of_wheels_is_told_right(page: str) -> None:
    assert f"{len(read_hashes())} real wheels" in (_ROOT / page).read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("refresh_corpus", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.DOCS.read_text(encoding="utf-8") == script.corpus_docs(), f"run python {_SCRIPT.name}"
