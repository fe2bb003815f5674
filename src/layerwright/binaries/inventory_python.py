"""What a root's Python brings: its folders, the part of the standard library that is there, and installed packages."""

from __future__ import annotations

import posixpath
from typing import Final, NamedTuple

from layerwright.binaries.root import Root
from layerwright.binaries.suffixes import parse_extension_name
from layerwright.targets.runtime import BundledPackage

# Nothing shows these from outside: no interpreter does without them.
_ALWAYS: Final = frozenset({
    "__main__", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_warnings", "builtins", "marshal", "sys",
})  # fmt: skip


class PythonFolders(NamedTuple):
    """Where the standard library is (``library``, ``extensions``) and where packages are (``packages``)."""

    library: str
    extensions: str
    packages: tuple[str, ...]

    @property
    def sys_path(self) -> tuple[str, ...]:
        """The folders as the interpreter searches them."""
        return (self.library, self.extensions, *self.packages)


def python_folders(root: Root, interpreter: str, python: tuple[int, int]) -> PythonFolders:
    """Return the folders of an interpreter, from its place; Debian's own package folders come last."""
    prefix = posixpath.dirname(posixpath.dirname(interpreter))
    name = f"python{python[0]}.{python[1]}"
    library = f"{prefix}/lib/{name}"
    candidates = (
        f"{prefix}/lib/{name}/site-packages",
        f"{prefix}/lib64/{name}/site-packages",
        f"/usr/local/lib/{name}/dist-packages",
        "/usr/lib/python3/dist-packages",
    )
    packages = tuple(path for path in candidates if root.resolve(path) is not None)
    return PythonFolders(library, f"{library}/lib-dynload", packages)


def present_modules(
    root: Root, folders: PythonFolders, usual: frozenset[str], exports: frozenset[str]
) -> frozenset[str]:
    """Return those of the usual modules of the standard library that are there.

    Distributions leave parts out (Debian: distutils, tkinter, ensurepip). A module is there with its file, or
    where the interpreter has it compiled in; a submodule with its package.
    """
    found = {name.removesuffix(".py") for name in root.names(folders.library)}
    for name in root.names(folders.extensions):
        extension = parse_extension_name(name)
        if extension is not None:
            found.add(extension.module)
    builtin = {name.removeprefix("PyInit_") for name in exports if name.startswith("PyInit_")}
    if not builtin:  # nothing tells what was compiled in
        return usual
    there = found | builtin | _ALWAYS
    return frozenset(module for module in usual if module.partition(".")[0] in there)


def bundled_packages(root: Root, folders: PythonFolders) -> tuple[BundledPackage, ...]:
    """Return the distributions that are installed, sorted by name; of one name the first on the search path."""
    found: dict[str, BundledPackage] = {}
    for folder in folders.packages:
        for entry in root.names(folder):
            stem, dot, kind = entry.rpartition(".")
            if dot and kind in ("dist-info", "egg-info"):
                name, _, version = stem.partition("-")
                version = version.partition("-")[0]
                modules = _modules(root, f"{folder}/{entry}", name)
                package = BundledPackage(name=name, version=version or None, modules=modules)
                found.setdefault(name.lower(), package)
    return tuple(found[name] for name in sorted(found))


def _modules(root: Root, info: str, name: str) -> tuple[str, ...]:
    """The importable names of a distribution, from top_level.txt, else from RECORD, else its own name."""
    top = (root.read(f"{info}/top_level.txt") or b"").decode("utf-8", "replace").split()
    if top:
        return tuple(sorted(top))
    record = (root.read(f"{info}/RECORD") or b"").decode("utf-8", "replace")
    firsts = {line.partition(",")[0].partition("/")[0] for line in record.splitlines()}
    modules = {first.removesuffix(".py") for first in firsts if first.removesuffix(".py").isidentifier()}
    return tuple(sorted(modules)) or (name.replace("-", "_"),)
