"""Configuration is read once, with the key path in every error."""

from __future__ import annotations

from pathlib import Path

import pytest

from layerwright.errors import UsageError
from layerwright.layer.place import Layout
from layerwright.pipeline.declaration import find_configuration, read_configuration


def write(folder: Path, text: str, name: str = "layerwright.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_single_layer_needs_no_table_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, 'name = "deps"\nfiles = ["requirements.txt"]\ntargets = ["python3.11-x86_64"]\n')
    (layer,) = read_configuration(path).layers
    assert (layer.name, layer.files, layer.targets) == ("deps", ("requirements.txt",), ("python3.11-x86_64",))
    assert layer.path(layer.output, "python3.11-x86_64") == tmp_path / "deps-python3.11-x86_64.zip"


def test_layers_take_what_they_do_not_say_from_the_top(tmp_path: Path) -> None:
    text = """
        [tool.layerwright]
        targets = ["python3.12-arm64"]
        output = "dist/{target}/{name}.zip"
        [tool.layerwright.layers.one]
        requirements = ["six"]
        [tool.layerwright.layers.two]
        requirements = ["attrs"]
        targets = ["python3.9-x86_64"]
        layout = "versioned"
        exclude-runtime-sdk = true
    """
    one, two = read_configuration(write(tmp_path, text, "pyproject.toml")).layers
    assert (one.targets, two.targets) == (("python3.12-arm64",), ("python3.9-x86_64",))
    assert two.layout is Layout.VERSIONED
    assert two.exclude_runtime_sdk
    assert one.path(one.output, "python3.12-arm64") == tmp_path / "dist/python3.12-arm64/one.zip"


def test_a_project_is_a_layer_of_its_dependencies(tmp_path: Path) -> None:
    text = """
        [project]
        name = "service"
        dependencies = ["six"]
        [tool.layerwright]
        targets = ["python3.12-arm64"]
    """
    (layer,) = read_configuration(write(tmp_path, text, "pyproject.toml")).layers
    assert (layer.name, layer.files) == ("service", ("pyproject.toml",))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('target = ["python3.11-x86_64"]', "unknown key target", "did you mean targets?"),
        ('targets = "python3.11-x86_64"', "targets is a string, expected a list of strings", None),
        ("exclude-runtime-sdk = 1", "exclude-runtime-sdk is a number, expected true or false", None),
        ('layout = "deep"', "layout is 'deep', expected 'flat' or 'versioned'", None),
        (
            "[layers.deps]\nrequirement = []",
            "unknown key layers.deps.requirement",
            "did you mean requirements?",
        ),
        ("layers = 3", "layers is a number, expected a table", None),
        ("= 3", "is not valid TOML", None),
    ],
)
def test_what_is_wrong_is_named_with_its_key(
    tmp_path: Path, text: str, message: str, hint: str | None
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError, match=r"layerwright\.toml") as caught:
        read_configuration(path)
    assert message in str(caught.value)
    assert caught.value.hint == hint


def test_the_nearest_configuration_above_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "[tool.layerwright]\n", "pyproject.toml")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write(inner, "[tool.other]\n", "pyproject.toml")
    assert find_configuration(inner) == path
