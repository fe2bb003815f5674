"""Each layer of the corpus is judged as it was when its verdict was kept and explained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from factories.corpus import (
    CorpusLayer,
    index_settings,
    judge_layer,
    list_wheels,
    read_hashes,
    read_layers,
    read_verdicts,
    told,
)
from layerwright.resolve.index_settings import IndexSettings
from layerwright.resolve.lock import Artifact
from layerwright.wheels.store import Store

pytestmark = pytest.mark.network

_VERDICTS = read_verdicts()
_HASHES = read_hashes()


class Index(NamedTuple):
    """Where the corpus is fetched from and kept, for all tests of a process."""

    settings: IndexSettings
    artifacts: Mapping[str, Artifact]
    store: Store


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The wheels as the index of this machine's user lists them."""
    settings = index_settings()
    return Index(settings, list_wheels(read_layers(), settings), Store(tmp_path_factory.mktemp("corpus")))


@pytest.mark.parametrize("layer", read_layers(), ids=str)
def test_the_verdict_is_the_kept_one(layer: CorpusLayer, index: Index, tmp_path: Path) -> None:
    missing = [wheel for wheel in layer.wheels if wheel not in index.artifacts]
    assert not missing, "the index hasn't got them"
    result = judge_layer(
        layer,
        index.artifacts,
        hashes=_HASHES,
        settings=index.settings,
        store=index.store,
        folder=tmp_path,
    )
    assert not result.crashed
    assert told(result) == _VERDICTS[str(layer)], "if this is right: python scripts/refresh_corpus.py"
