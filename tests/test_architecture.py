"""Imports point one way; this test holds that."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import layerwright

_ROOT = Path(layerwright.__file__).parent

# A room may import from rooms of a lower number, and from itself.
_LEVEL = {
    "errors": 0,
    "own_code": 0,
    "progress": 0,
    "_version": 0,
    "targets": 1,
    "binaries": 2,
    "resolve": 2,
    "wheels": 3,
    "layer": 4,
    "checks": 5,
    "slim": 5,
    "pipeline": 6,
    "run": 7,
    "ship": 7,
    "report": 8,
    "api": 8,
    "cdk": 8,
    "cli": 9,
    "__main__": 10,
    "__init__": 10,
}


def _room(path: Path) -> str:
    return path.relative_to(_ROOT).parts[0].removesuffix(".py")


def _imported_rooms(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("layerwright"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.split(".")[1] for alias in node.names if alias.name.startswith("layerwright.")
            )


@pytest.mark.parametrize(
    "path", sorted(_ROOT.rglob("*.py")), ids=lambda path: path.relative_to(_ROOT).as_posix()
)
def test_imports_point_one_way(path: Path) -> None:
    room = _room(path)
    wrong = {other for other in _imported_rooms(path) if other != room and _LEVEL[other] >= _LEVEL[room]}
    assert not wrong, f"{room} (level {_LEVEL[room]}) imports {sorted(wrong)}"


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in _ROOT.rglob("*.py")}), ids=lambda path: path.name
)
def test_every_folder_is_a_package_that_says_what_it_is(folder: Path) -> None:
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
