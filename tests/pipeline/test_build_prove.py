"""``build --prove`` imports what it has written, and tells a module that fails from a layer that nothing here can try."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layerwright.run.pythons import find_pythons
from layerwright.run.sandboxes.bubblewrap import find_bubblewrap

from .conftest import type_of_add, type_of_run

TARGET = "python3.11-x86_64"
FOREIGN = "python3.11-arm64"
BROKEN = {"demo.py": b"x = 1\n", "broken/__init__.py": b"raise ValueError('not here')\n"}


@pytest.fixture
def _can_prove() -> None:
    if find_bubblewrap() is None or next(find_pythons((3, 11)), None) is None:
        pytest.skip("no bubblewrap, or no CPython 3.11, on this host")


@pytest.mark.sandbox
@pytest.mark.usefixtures("_can_prove")
def test_what_is_written_is_proved(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": b"x = 1\n"})
    words = ("build", "demo", "--target", TARGET, "-o", "layer.zip", "--offline")
    assert "proof" not in json.loads(layerwright(*words, "--format", "json").stdout)["layers"][0]
    for _ in range(2):  # the layer is unchanged the second time, and proved all the same
        done = layerwright(*words, "--prove", "--format", "json")
        assert done.returncode == 0, done.stderr
        (layer,) = json.loads(done.stdout)["layers"]
        assert layer["proof"]["ok"] is True
        assert [module["module"] for module in layer["proof"]["modules"]] == ["demo"]
        assert layer["proof"]["fidelity"].startswith("CPython 3.11")
    text = layerwright(*words, "--prove").stdout
    assert "  layer.zip (unchanged)\n  proved in: CPython 3.11" in text
    assert "\n  1 of 1 modules import\n\n1 layer: 1 unchanged" in text


@pytest.mark.sandbox
@pytest.mark.usefixtures("_can_prove")
def test_a_module_that_fails_is_named_and_the_code_is_1(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files=BROKEN)
    words = ("build", "demo", "--target", TARGET, "--target", FOREIGN, "-o", "out/", "--offline", "--prove")
    done = layerwright(*words, environment={"PATH": _only("bwrap")})
    assert done.returncode == 1, done.stderr
    assert (
        "  error: broken: raised\n      ValueError: not here\n  1 of 2 modules import, 1 fails\n"
        in done.stdout
    )
    assert f"  not proved: nothing on this machine can run {FOREIGN}\n  hint: " in done.stdout
    assert "2 layers: 2 written" in done.stdout


def test_a_layer_that_nothing_here_can_try_is_written_and_the_code_is_8(
    layerwright: type_of_run, add: type_of_add
) -> None:
    add("demo", files={"demo.py": b"x = 1\n"})
    words = ("build", "demo", "--target", FOREIGN, "-o", "layer.zip", "--offline", "--prove")
    nothing = {"PATH": "/nonexistent"}
    done = layerwright(*words, "--format", "json", environment=nothing)
    assert done.returncode == 8, done.stderr
    (layer,) = json.loads(done.stdout)["layers"]
    assert Path(layer["path"]).is_file()
    assert layer["proof"] == {
        "fidelity": None,
        "ok": None,
        "error": f"nothing on this machine can run {FOREIGN}",
        "modules": [],
    }
    quiet = layerwright(*words, "--quiet", environment=nothing)
    assert (quiet.returncode, quiet.stdout) == (8, "layer.zip\n")
    assert quiet.stderr.startswith("error: nothing on this machine can run")


def test_a_layer_that_is_not_written_is_not_proved(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo", files={"demo.py": b"import nowhere_to_be_found\n", "demo.so": b"MZ"}, tags=("py3-none-any",))
    done = layerwright("build", "demo", "--target", TARGET, "--prove", "--offline", "--format", "json")
    (layer,) = json.loads(done.stdout)["layers"]
    assert (done.returncode, layer["path"], layer["proof"]) == (1, None, None)


def test_a_place_to_prove_in_asks_for_a_proof(layerwright: type_of_run, add: type_of_add) -> None:
    add("demo")
    done = layerwright("build", "demo", "--target", TARGET, "--root", "/")
    assert done.returncode == 2
    assert "--root says where to prove" in done.stderr


def _only(name: str) -> str:
    """A PATH that has one program alone."""
    import shutil
    import tempfile

    program = shutil.which(name)
    assert program is not None
    folder = Path(tempfile.mkdtemp())
    (folder / name).symlink_to(program)
    return str(folder)
