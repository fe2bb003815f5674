"""Which modules of a stack are to be imported to prove it: each top-level one, and each extension module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from layerwright.checks.subject import Subject
from layerwright.layer.tree import Entry, Kind

_EXTENSION: Final = re.compile(r"(?P<stem>[^.]+)(?P<tag>\.[^/]*)?\.so")
_TAG: Final = re.compile(r"\.(cpython-\d+t?(-[\w-]+)?|abi\d|pypy\w*-[\w-]+|cp\d+-[\w-]+)")
_NOT_PACKAGES: Final = frozenset({"__pycache__", "bin", "share", "include", "etc", "lib", "lib64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A module to import; ``path`` is the absolute path of the file that gives it. ``extension`` says that it is binary."""

    module: str
    path: str
    extension: bool = False


def find_modules(subject: Subject) -> Mapping[str, Candidate]:
    """Return the modules that are to be imported, by name, each once, in order.

    A folder without ``__init__`` is a namespace: what is in it counts as top-level. A binary counts as an extension module
    if it has the module's entry point; for which Python its suffix says it is, only the import tells.
    """
    found: dict[str, Candidate] = {}
    for root in subject.modules.roots:
        names = _files(subject, root)
        for candidate in (*_top_level(names, root), *_extensions(names, root)):
            found.setdefault(candidate.module, candidate)
    return {name: found[name] for name in sorted(found)}


def _files(subject: Subject, root: str) -> Mapping[str, Entry]:
    """Return the files below a root by their path in it; a root inside it is left to itself."""
    others = tuple(f"{other}/" for other in subject.modules.roots if other.startswith(f"{root}/"))
    return {
        path.removeprefix(f"{root}/"): entry
        for path, entry in subject.stack.items()
        if path.startswith(f"{root}/") and entry.kind is not Kind.DIRECTORY and not path.startswith(others)
    }


def _top_level(names: Mapping[str, Entry], root: str) -> Iterator[Candidate]:
    packages = {
        str(PurePosixPath(name).parent): name
        for name in sorted(names, reverse=True)
        if PurePosixPath(name).name == "__init__.py"
        or re.fullmatch(r"__init__\.[^/]*\.?so", PurePosixPath(name).name)
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
        if all(part.isidentifier() for part in module.split(".")) and not module.rpartition(".")[
            2
        ].startswith("__"):
            yield Candidate(module=module, path=f"{root}/{path}")


def _extensions(names: Mapping[str, Entry], root: str) -> Iterator[Candidate]:
    for name, entry in names.items():
        path = PurePosixPath(name)
        match = _EXTENSION.fullmatch(path.name)
        if match is None or (match["tag"] and not _TAG.fullmatch(match["tag"])):
            continue
        parts = [*path.parts[:-1], match["stem"]]
        if match["stem"] == "__init__" or not all(part.isidentifier() for part in parts):
            continue
        if f"PyInit_{match['stem']}\0".encode() in entry.read():
            yield Candidate(module=".".join(parts), path=f"{root}/{name}", extension=True)
