"""Where a layer holds packages that the runtime never looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from layerwright.layer.tree import Tree

if TYPE_CHECKING:
    from layerwright.layer.read import Layer

_SITE: Final = re.compile(r"(?:^|/)(?:site-packages|dist-packages)$")
_VERSIONED: Final = re.compile(r"python/lib/python(\d+\.\d+)/(?:site|dist)-packages")
_NOT_PYTHON: Final = frozenset(
    {"bin", "lib", "lib64", "extensions", "share", "etc", "include", "python", "__MACOSX"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misplaced:
    """Packages in a folder that isn't searched.

    ``folder`` is relative to the layer, empty for its top; ``names`` lists the packages for a message; ``first`` is a path of the first;
    ``has_more`` says that the layer has packages where the runtime looks as well.
    """

    layer: str
    folder: str
    names: str
    count: int
    first: str
    has_more: bool

    @property
    def python_version(self) -> str | None:
        """The minor version of Python that the folder is for, where it says so."""
        match = _VERSIONED.fullmatch(self.folder)
        return match[1] if match else None

    @property
    def stands(self) -> str:
        """The packages and the verb, to begin a sentence with."""
        return f"{self.names} {'stands' if self.count == 1 else 'stand'}"


def find_misplaced(layers: Iterable[Layer], searched: tuple[str, ...]) -> Iterator[Misplaced]:
    """Yield the folders of each layer that hold packages which the runtime can't find, in order.

    ``searched`` are the folders where it looks, relative to the layer.
    """
    for part in layers:
        has_more = any(
            path.startswith(tuple(f"{folder}/" for folder in searched))
            for path in _found(part.tree, searched)
        )
        for folder, names in sorted(_folders(part.tree, searched).items()):
            listed = ", ".join(sorted(names)[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            yield Misplaced(
                layer=part.name,
                folder=folder,
                names=listed,
                count=len(names),
                first=names[min(names)],
                has_more=has_more,
            )


def _found(tree: Tree, searched: tuple[str, ...]) -> Iterator[str]:
    """The Python files that stand where the runtime looks."""
    for path in tree:
        if path.endswith((".py", ".so", ".pyc")):
            for folder in searched:
                rest = path.removeprefix(f"{folder}/")
                if rest != path and not rest.startswith(
                    ("lib/python", "lib64/", "site-packages/", "python/")
                ):
                    yield path


def _folders(tree: Tree, searched: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The folders that hold packages and aren't searched, each with the packages' names and a path of each."""
    folders: dict[str, dict[str, str]] = {}
    for path in tree:
        folder, name = _site(path)
        if folder is None or folder in searched or _is_inside_package(tree, folder, searched):
            continue
        folders.setdefault(folder, {}).setdefault(name, path)
    return {folder: _packages(tree, folder) or names for folder, names in folders.items()}


def _packages(tree: Tree, folder: str) -> dict[str, str]:
    """What could be imported if the folder were searched: names, each with a path; namespace packages aside."""
    found: dict[str, str] = {}
    start = f"{folder}/" if folder else ""
    for path in tree:
        if path.startswith(start):
            first, _, inner = path.removeprefix(start).partition("/")
            if inner == "__init__.py" or (not inner and first.endswith((".py", ".so"))):
                found.setdefault(first.partition(".")[0], path)
    return found


def _site(path: str) -> tuple[str | None, str]:
    """The folder that would have to be searched for this path's package, and the package's name; None where nothing tells."""
    steps = path.split("/")
    for place, step in enumerate(steps[:-1]):
        if step.endswith(".dist-info"):
            return "/".join(steps[:place]), step.partition("-")[0]
        if _SITE.search(step) and place + 2 < len(steps):
            return "/".join(steps[: place + 1]), steps[place + 1].partition("-")[0].partition(".")[0]
    if len(steps) == 2 and steps[1] == "__init__.py" and steps[0] not in _NOT_PYTHON:
        return "", steps[0]
    if len(steps) == 1 and steps[0].endswith(".py"):
        return "", steps[0].removesuffix(".py")
    return None, ""


def _is_inside_package(tree: Tree, folder: str, searched: tuple[str, ...]) -> bool:
    """Tell whether a folder belongs to a package (one that brings copies of others, or that is data)."""
    parent = folder
    while parent:
        if f"{parent}/__init__.py" in tree:
            return True
        parent = parent.rpartition("/")[0]
    top = folder.partition("/")[0]
    return top in {"bin", "extensions", "share"} and folder not in searched
