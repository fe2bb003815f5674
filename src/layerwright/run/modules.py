"""Which modules of a layer are to be imported to prove it: each top-level one, and each extension module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from layerwright.layer.tree import Entry, Kind, Tree
from layerwright.targets.target import Target

_EXTENSION: Final = re.compile(r"(?P<stem>[^.]+)(?P<tag>\.[^/]*)?\.so")
_TAG: Final = re.compile(r"\.(cpython-\d+t?(-[\w-]+)?|abi\d|pypy\w*-[\w-]+|cp\d+-[\w-]+)")
_NOT_PACKAGES: Final = frozenset({"__pycache__", "bin", "share", "include", "etc", "lib", "lib64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A module to import; ``path`` is the file that gives it, relative to the layer. ``extension`` says that it is binary."""

    module: str
    path: str
    extension: bool = False


def module_roots(target: Target) -> tuple[str, str]:
    """Return the folders of a layer that the target's sys.path has, the first searched first."""
    return f"python/lib/python{target.python_version}/site-packages", "python"


def find_modules(tree: Tree, target: Target, roots: Sequence[str] | None = None) -> tuple[Candidate, ...]:
    """Return the modules of a layer that are to be imported, sorted, each once.

    A folder without ``__init__`` is a namespace: what is in it counts as top-level. A binary counts as an extension module
    if it has the module's entry point; for which Python its suffix says it is, only the import tells.
    """
    found: dict[str, Candidate] = {}
    for root in module_roots(target) if roots is None else roots:
        names = _folder(tree, root)
        for candidate in (*_top_level(names, root), *_extensions(tree, names, root)):
            found.setdefault(candidate.module, candidate)
    return tuple(found[name] for name in sorted(found))


_Names = dict[str, Entry]


def _folder(tree: Tree, root: str) -> _Names:
    """Return the files below a root by their path in it; the versioned folder inside ``python/`` is a root of its own."""
    prefix = f"{root}/" if root else ""
    return {
        path.removeprefix(prefix): entry
        for path, entry in tree.items()
        if path.startswith(prefix) and entry.kind is not Kind.DIRECTORY and not (root == "python" and _versioned(path))
    }


def _versioned(path: str) -> bool:
    return path.startswith("python/lib/python3.")


def _top_level(names: _Names, root: str) -> Iterator[Candidate]:
    packages = {
        str(PurePosixPath(name).parent): name
        for name in sorted(names, reverse=True)
        if PurePosixPath(name).name == "__init__.py" or re.fullmatch(r"__init__\.[^/]*\.?so", PurePosixPath(name).name)
    }
    for name in names:
        folders = PurePosixPath(name).parts[:-1]
        if not all(part.isidentifier() and part not in _NOT_PACKAGES for part in folders):
            continue
        tops = ["/".join(folders[: depth + 1]) for depth in range(len(folders))]
        package = next((top for top in tops if top in packages), None)
        if package is not None:
            module, path = package.replace("/", "."), packages[package]
        elif name.endswith(".py"):
            module, path = name.removesuffix(".py").replace("/", "."), name
        else:
            continue
        if all(part.isidentifier() for part in module.split(".")) and not module.rpartition(".")[2].startswith("__"):
            yield Candidate(module=module, path=f"{root}/{path}" if root else path)


def _extensions(tree: Tree, names: _Names, root: str) -> Iterator[Candidate]:
    for name, entry in names.items():
        path = PurePosixPath(name)
        match = _EXTENSION.fullmatch(path.name)
        if match is None or (match["tag"] and not _TAG.fullmatch(match["tag"])):
            continue
        parts = [*path.parts[:-1], match["stem"]]
        if match["stem"] == "__init__" or not all(part.isidentifier() for part in parts):
            continue
        if f"PyInit_{match['stem']}\0".encode() in entry.read():
            yield Candidate(module=".".join(parts), path=f"{root}/{name}" if root else name, extension=True)
