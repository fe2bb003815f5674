"""The verbs as functions: nothing printed, results as values."""

from __future__ import annotations

from pathlib import Path

import pytest

import layerwright
from factories.cloud import Cloud
from factories.zips import zip_bytes


def test_a_layer_is_published_used_and_pruned(
    cloud: Cloud, layer_zip: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    result = layerwright.publish(layer_zip, name="deps", regions=["us-east-1"], targets=["python3.11-x86_64"])
    assert result.ok
    cloud.function("processor")
    (moved,) = layerwright.use("deps", ["processor"], region="us-east-1")
    assert moved.stage.value == "updated"
    (pruned,) = layerwright.prune("deps", keep=1, regions=["us-east-1"])
    assert pruned.deleted == ()
    text = layerwright.emit("terraform", layer_zip, name="deps", targets=["python3.11-x86_64"])
    assert 'layer_name               = "deps"' in text
    assert capfd.readouterr().out == ""


def test_what_speaks_against_a_layer_is_in_the_result(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(
        zip_bytes({"python/pkg/__init__.py": "import pkg._n\n", "python/pkg/_n.abi3.so": b"no ELF"})
    )
    result = layerwright.publish(path, name="deps", regions=["us-east-1"], targets=["python3.11-x86_64"])
    assert not result.ok
    assert any("python/pkg/_n.abi3.so" in line for line in result.against)
    assert not cloud.calls
