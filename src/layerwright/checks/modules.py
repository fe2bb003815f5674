"""Which modules the runtime can import from the stack, by Python's own rules: sys.path in order, packages, suffixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.checks.stack import FUNCTION_ROOT, LAYER_ROOT, Stack
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.targets.runtime import Runtime

# What makes a package's submodules unpredictable from its files: it edits its own path, or makes modules as it goes.
_EXTENDS: Final = (b"extend_path", b"declare_namespace")
_DYNAMIC: Final = (
    b"__path__",
    b"sys.modules",
    b"meta_path",
    b"__getattr__",
    b"add_dll_directory",
    b"spec_from_file_location",
)


class Form(StrEnum):
    """What a module is made of."""

    PACKAGE = "package"
    SOURCE = "source"
    EXTENSION = "extension"
    BYTECODE = "bytecode"
    NAMESPACE = "namespace"


class Module(NamedTuple):
    """A module that the runtime finds: its file (``__init__``'s for a package, the folder of a namespace) and where its submodules are looked for."""

    name: str
    path: str
    form: Form
    search: tuple[str, ...]


class ModuleIndex:
    """Finds modules of the stack as the interpreter of one runtime would; answers are remembered."""

    def __init__(self, stack: Stack, runtime: Runtime) -> None:
        """Take the stack and the runtime that searches it."""
        self.stack = stack
        self.runtime = runtime
        self._suffixes = (
            *((end, Form.EXTENSION) for end in runtime.extension_suffixes),
            (".py", Form.SOURCE),
            (".pyc", Form.BYTECODE),
        )
        self._known: dict[str, Module | None] = {}

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders of sys.path that the stack fills, in order, with those that its ``.pth`` files add at the end."""
        ours = [path for path in self.runtime.sys_path if path.startswith((LAYER_ROOT + "/", FUNCTION_ROOT))]
        roots = [path for path in dict.fromkeys(ours) if self.stack.is_folder(path)]
        return (
            *roots,
            *dict.fromkeys(added for root in roots for added in self._from_pth(root) if added not in roots),
        )

    @cached_property
    def runtime_names(self) -> frozenset[str]:
        """The top-level names that the runtime has by itself: the standard library and what is bundled."""
        bundled = (name for package in self.runtime.bundled for name in package.modules)
        return self.runtime.stdlib_modules | frozenset(bundled)

    def find(self, name: str) -> Module | None:
        """Return what ``import name`` finds in the stack, None where it finds nothing there."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def can_import(self, name: str) -> bool | None:
        """Tell whether something of that dotted name is there to import, None where only a run could tell."""
        if self.find(name) is not None:
            return True
        top, _, rest = name.partition(".")
        if self.find(top) is None:
            return self._runtime_has(name, top)
        parent = name
        while rest and (parent := parent.rpartition(".")[0]):
            found = self.find(parent)
            if found is not None and (found.form is Form.EXTENSION or self._is_dynamic(found)):
                return None
        return False

    def _runtime_has(self, name: str, top: str) -> bool | None:
        """Tell whether the runtime brings a module; of what it bundles, only the top-level names are known."""
        if top in self.runtime.stdlib_modules:
            return name in self.runtime.stdlib_modules or None if name != top else True
        return None if top in self.runtime_names and name != top else top in self.runtime_names

    def name_of(self, path: str) -> str | None:
        """Return the dotted name by which the file at ``path`` would be imported, None where no search path reaches it.

        The ending doesn't matter: a file that this interpreter passes over has the name that it would have elsewhere.
        """
        folder, _, base = path.rpartition("/")
        stem = base.partition(".")[0]
        for root in self._by_length:
            if folder == root or folder.startswith(f"{root}/"):
                steps = [*folder[len(root) + 1 :].split("/"), stem] if folder != root else [stem]
                if steps[-1] == "__init__":
                    steps.pop()
                return ".".join(steps) if steps and all(step.isidentifier() for step in steps) else None
        return None

    def sources(self, under: str | None = None) -> Iterator[str]:
        """Yield the paths of Python files that the search path reaches, of one top-level package or all."""
        for root in self.roots:
            start = f"{root}/{under}/" if under else f"{root}/"
            single = f"{root}/{under}.py" if under else ""
            for path in self.stack:
                if path.endswith(".py") and (path.startswith(start) or path == single):
                    yield path

    def top_level(self) -> Iterator[Module]:
        """Yield the modules that stand at the top of the search path, in the order in which folders hold them."""
        seen: set[str] = set()
        for root in self.roots:
            for entry in self.stack.folders.get(root, ()):
                name = entry.partition(".")[0]
                if not name.isidentifier() or name in seen or self._leads_on(f"{root}/{entry}"):
                    continue
                seen.add(name)
                module = self.find(name)
                if module is not None:
                    yield module

    def _leads_on(self, folder: str) -> bool:
        """Tell whether a folder only leads to another root, as ``python/lib`` does."""
        return any(root.startswith(f"{folder}/") for root in self.roots)

    @cached_property
    def _by_length(self) -> tuple[str, ...]:
        return tuple(sorted(self.roots, key=len, reverse=True))

    def _find(self, name: str) -> Module | None:
        parent, _, leaf = name.rpartition(".")
        if not parent:
            return self._in(name, leaf, self.roots)
        package = self.find(parent)
        if package is None:
            return None
        found = self._in(name, leaf, package.search)
        if found is None and package.form is Form.PACKAGE and self._mentions(package, _EXTENDS):
            others = (f"{root}/{parent.replace('.', '/')}" for root in self.roots)
            found = self._in(name, leaf, tuple(others))
        return found

    def _in(self, name: str, leaf: str, folders: Iterable[str]) -> Module | None:
        portions: list[str] = []
        for folder in folders:
            inside = self.stack.folders.get(
                folder if folder in self.stack.folders else self.stack.resolve(folder) or ""
            )
            if inside is None:
                continue
            below = f"{folder}/{leaf}"
            is_folder = leaf in inside and self.stack.is_folder(below)
            if is_folder:
                package = self._file(below, "__init__")
                if package is not None:
                    return Module(name, package[0], Form.PACKAGE, (below,))
            single = self._file(folder, leaf)
            if single is not None:
                return Module(name, single[0], single[1], ())
            if is_folder:
                portions.append(below)
        return Module(name, portions[0], Form.NAMESPACE, tuple(portions)) if portions else None

    def _file(self, folder: str, stem: str) -> tuple[str, Form] | None:
        inside = self.stack.folders.get(folder) or self.stack.folders.get(
            self.stack.resolve(folder) or "", {}
        )
        for suffix, form in self._suffixes:
            if inside.get(stem + suffix, Kind.DIRECTORY) is not Kind.DIRECTORY:
                return f"{folder}/{stem}{suffix}", form
        return None

    def _is_dynamic(self, package: Module) -> bool:
        return package.form is Form.PACKAGE and self._mentions(package, _DYNAMIC)

    def _mentions(self, package: Module, words: tuple[bytes, ...]) -> bool:
        path = self.stack.resolve(package.path)
        entry = self.stack.get(path) if path else None
        if entry is None or not package.path.endswith(".py"):
            return package.form is Form.PACKAGE
        text = entry.read()
        return any(word in text for word in words)

    def _from_pth(self, root: str) -> Iterator[str]:
        for name, kind in self.stack.folders.get(root, {}).items():
            if name.endswith(".pth") and kind is Kind.FILE:
                for line in self.stack[f"{root}/{name}"].read().decode("utf-8", "replace").splitlines():
                    added = line.strip().rstrip("/")
                    if added and not added.startswith(("#", "import ", "import\t")):
                        path = added if added.startswith("/") else f"{root}/{added}"
                        if self.stack.is_folder(path):
                            yield path
