"""The facade: verbs as functions, imported when used, printing nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import layerwright
from factories.wheels import wheel_bytes, wheel_filename
from layerwright.resolve.request import IndexOptions
from layerwright.run.pythons import find_pythons
from layerwright.run.sandboxes.bubblewrap import find_bubblewrap

TARGET = "python3.11-x86_64"


@pytest.fixture
def indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexOptions:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    (tmp_path / wheel_filename("demo", "1.0")).write_bytes(
        wheel_bytes("demo", "1.0", files={"demo.py": b"x = 1\n"})
    )
    return IndexOptions(no_index=True, find_links=(str(tmp_path),))


def test_verbs_are_functions(
    indexes: IndexOptions, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "layer.zip"
    built = layerwright.build(["demo"], target=TARGET, output=output, indexes=indexes)
    assert built.ok
    assert built.path == output
    assert layerwright.check([output], target=TARGET).result.ok
    assert all(service.ok for service in layerwright.serves([output]) if service.target.python >= (3, 11))
    assert b'name = "demo"' in layerwright.lock(["demo"], target=TARGET, indexes=indexes)
    assert TARGET in map(str, layerwright.lambda_targets())
    assert capfd.readouterr() == ("", "")


def test_errors_are_ours(tmp_path: Path) -> None:
    with pytest.raises(layerwright.LayerwrightError, match="unknown target"):
        layerwright.build(["demo"], target="python2.7", output=tmp_path / "layer.zip")


def test_importing_costs_nothing() -> None:
    program = (
        "import sys; before = set(sys.modules); import layerwright; print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not any(name.startswith("layerwright.") and name != "layerwright._version" for name in loaded)


@pytest.mark.parametrize("name", layerwright.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(layerwright, name)


@pytest.mark.sandbox
def test_prove_imports_for_real(tmp_path: Path) -> None:
    if find_bubblewrap() is None or next(find_pythons((3, 11)), None) is None:
        pytest.skip("no bubblewrap, or no CPython 3.11, on this host")
    (tmp_path / "python").mkdir()
    (tmp_path / "python" / "fine.py").write_text("x = 1\n")
    proof = layerwright.prove([tmp_path], target=TARGET, offline=True)
    assert proof.ok
    assert [module.module for module in proof.modules] == ["fine"]
