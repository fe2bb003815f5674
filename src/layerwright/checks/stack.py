"""The layers merged as Lambda merges them, with the function beside them: what the process will see under /opt and /var/task."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.layer.tree import Entry, Kind

if TYPE_CHECKING:
    from layerwright.layer.read import Layer

LAYER_ROOT: Final = "/opt"
FUNCTION_ROOT: Final = "/var/task"
_LINK_LIMIT: Final = 40  # as Linux has it (path_resolution(7))


class Place(NamedTuple):
    """A file as the user knows it: the layer's name as it was given, and the path inside that layer."""

    layer: str
    path: str


class Stack(Mapping[str, Entry]):
    """A mapping from absolute path to entry: layers at /opt, the later over the earlier, and the function at /var/task."""

    def __init__(self, layers: Iterable[Layer], function: Layer | None = None) -> None:
        """Merge the parts."""
        self.layers = tuple(layers)
        self.function = function
        entries: dict[str, Entry] = {}
        owner: dict[str, str] = {}
        for part, root in self._rooted():
            for path, entry in part.tree.items():
                absolute = f"{root}/{path}"
                entries[absolute] = entry
                owner[absolute] = part.name
        self._entries = entries
        self._owner = owner

    def __getitem__(self, path: str) -> Entry:
        """Return the entry at an absolute path."""
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        """Yield the absolute paths, part by part."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    def __contains__(self, path: object) -> bool:
        """Tell whether an entry stands at an absolute path."""
        return path in self._entries

    @property
    def parts(self) -> tuple[Layer, ...]:
        """The layers in order, and the function last."""
        return (*self.layers, self.function) if self.function else self.layers

    @property
    def first_name(self) -> str:
        """The name that a finding on no file in particular carries."""
        return self.parts[0].name if self.parts else ""

    def place(self, path: str) -> Place:
        """Return the layer and the path within it of an absolute path, also of one that nothing stands at."""
        root = FUNCTION_ROOT if path.startswith(f"{FUNCTION_ROOT}/") else LAYER_ROOT
        owner = self._owner.get(path)
        if owner is None:
            owner = self.function.name if self.function and root == FUNCTION_ROOT else self.first_name
        return Place(owner, path.removeprefix(f"{root}/"))

    @cached_property
    def folders(self) -> Mapping[str, Mapping[str, Kind]]:
        """What each folder holds, by name; folders that no entry names are there too."""
        folders: dict[str, dict[str, Kind]] = {}
        for path, entry in self._entries.items():
            parent, _, name = path.rpartition("/")
            inside = folders.get(parent)
            if inside is None:
                inside = folders[parent] = {}
                self._open(folders, parent)
            if entry.kind is Kind.DIRECTORY:
                folders.setdefault(path, {})
            inside.setdefault(name, entry.kind)
        return folders

    @staticmethod
    def _open(folders: dict[str, dict[str, Kind]], path: str) -> None:
        while path:
            parent, _, name = path.rpartition("/")
            known = parent in folders
            folders.setdefault(parent, {})[name] = Kind.DIRECTORY
            if known:
                return
            path = parent

    def is_folder(self, path: str) -> bool:
        """Tell whether a folder stands at ``path``, or a link to one."""
        if path in self.folders:
            return True
        entry = self._entries.get(path)
        return entry is not None and entry.kind is Kind.SYMLINK and self.resolve(path) in self.folders

    def resolve(self, path: str) -> str | None:
        """Return the path that ``path`` leads to when its links are followed, None where that isn't in the stack."""
        if not self._has_links:
            return path if path in self._entries or path in self.folders else None
        done: list[str] = []
        todo = [step for step in reversed(path.split("/")) if step]
        links = 0
        while todo:
            step = todo.pop()
            if step == ".":
                continue
            if step == "..":
                del done[-1:]
                continue
            here = "/".join(("", *done, step))
            entry = self._entries.get(here)
            if entry is None or entry.kind is not Kind.SYMLINK:
                done.append(step)
                continue
            links += 1
            if links > _LINK_LIMIT:
                return None
            goal = entry.read().decode("utf-8", "surrogateescape")
            if goal.startswith("/"):
                done.clear()
            todo.extend(part for part in reversed(goal.split("/")) if part)
        final = "/".join(("", *done))
        return final if final in self._entries or final in self.folders else None

    @cached_property
    def _has_links(self) -> bool:
        return any(entry.kind is Kind.SYMLINK for entry in self._entries.values())

    def _rooted(self) -> Iterator[tuple[Layer, str]]:
        yield from ((layer, LAYER_ROOT) for layer in self.layers)
        if self.function:
            yield self.function, FUNCTION_ROOT


def leads_out(path: str, goal: str) -> bool:
    """Tell whether a link at an absolute ``path`` leads out of the layer or the function that holds it.

    >>> leads_out("/opt/lib/libx.so", "libx.so.1"), leads_out("/opt/python/x", "../../home/x")
    (False, True)
    """
    root = FUNCTION_ROOT if path.startswith(f"{FUNCTION_ROOT}/") else LAYER_ROOT
    if goal.startswith("/"):
        return not goal.startswith(f"{root}/")
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), goal))
    return not reached.startswith(f"{root}/")
