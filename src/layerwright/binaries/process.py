"""A process into which files are loaded, as glibc's loader does it: which file answers each name, and in what order."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from layerwright.binaries.facts import Broken, Elf, Facts, Foreign
from layerwright.binaries.loading import Certainty, LoadProblem, Problem
from layerwright.binaries.search import SearchPath
from layerwright.binaries.stack import Stack, System
from layerwright.targets.runtime import Library, Runtime, Tier

_ABSENT_MESSAGE = "cannot open shared object file: No such file or directory"
_HEADER_BYTES = 64


@dataclass(eq=False, slots=True, kw_only=True)
class Object:
    """A file that a process has loaded: one of the stack (``facts``) or of the runtime (``library``).

    ``path`` is the name under which it was opened (not that of a link's target), ``file`` the file itself. Of a library
    that is only assumed to be there, both ``facts`` and ``library`` can be None.
    """

    path: str
    file: str
    facts: Elf | None = None
    library: Library | None = None
    loader: Object | None = None

    @property
    def chain(self) -> tuple[str, ...]:
        """The files that lead here, first the one that was asked for."""
        above = self.loader.chain if self.loader is not None else ()
        return (*above, self.path)


class World:
    """What is the same for each process of a stack on a runtime: the files, the libraries, the search."""

    def __init__(self, stack: Stack, runtime: Runtime) -> None:
        """Make the objects that the interpreter has loaded before any import."""
        self.stack = stack
        self.runtime = runtime
        self.system = System(runtime)
        self.search = SearchPath(runtime)
        self.loaded = {name: self._system_object(name) for name in sorted(runtime.loaded)}

    def _system_object(self, name: str) -> Object:
        library = self.system.named(name)
        path = (library.path if library else None) or name
        return Object(path=path, file=path, library=library)


class Process:
    """A process, for one file that is opened in it.

    ``objects`` are what that brought in, in the loader's order; ``shared`` what it needs and the interpreter had loaded before.
    """

    def __init__(self, world: World, *, python: bool) -> None:
        """Begin with what the interpreter holds, or with nothing for a program of its own."""
        self._world = world
        self._names: dict[str, Object] = dict(world.loaded) if python else {}
        self._asked: dict[str, Object] = dict(self._names)
        self._files: dict[str, Object] = {held.file: held for held in self._names.values()}
        self.objects: list[Object] = []
        self.shared: list[Object] = []
        self.problems: list[LoadProblem] = []

    def open(self, path: str, facts: Elf) -> None:
        """Load a file of the stack and all that it needs, breadth first."""
        self._add(Object(path=path, file=path, facts=facts), path)
        for loader in self.objects:  # grows as it goes
            for name in _needed(loader):
                found = self._needed(name, loader)
                if found is not None:
                    self._asked.setdefault(name, found)

    def asked(self, name: str) -> Object | None:
        """Return what was loaded when a file asked for that name; a DT_SONAME that no one asked for doesn't count."""
        return self._asked.get(name)

    def _add(self, loaded: Object, name: str) -> Object:
        held = self._files.get(loaded.file)
        if held is None:
            held = loaded
            self._files[loaded.file] = loaded
            self.objects.append(loaded)
            for other in (loaded.path, loaded.facts.soname if loaded.facts else None):
                if other:
                    self._names.setdefault(other, held)
        self._names.setdefault(name, held)
        return held

    def _needed(self, name: str, loader: Object) -> Object | None:
        """What answers a DT_NEEDED entry; a problem is noted where nothing surely does."""
        search = self._world.search
        name = search.substituted(name, posixpath.dirname(loader.path))
        held = self._names.get(name)
        if held is not None:
            if self._world.loaded.get(name) is held:
                self._share(held)
            return held
        paths = [search.absolute(name)] if "/" in name else [f"{at}/{name}" for at in search.folders(loader)]
        other_class = None
        unsure: Library | None = None
        for path in paths:
            file = self._world.stack.resolve(path)
            if file is not None:
                facts = self._world.stack.files[file]
                if isinstance(facts, Elf) and facts.bits != 64:
                    other_class = path
                    continue
                if isinstance(facts, Elf) and facts.machine != self._world.runtime.target.machine:
                    continue
                return self._opened(name, path, file, facts, loader)
            library = self._world.system.at(path)
            if library is not None and library.tier is Tier.SAFE:
                return self._add(Object(path=path, file=path, library=library, loader=loader), name)
            unsure = unsure or library
        return self._missing(name, loader, unsure, other_class)

    def _share(self, held: Object) -> None:
        """Keep a library that the interpreter had loaded, and what came with it: a file that needs it sees its symbols."""
        if held in self.shared or held in self.objects:
            return
        self.shared.append(held)
        for name in held.library.needed if held.library else ():
            other = self._world.loaded.get(name)
            if other is not None:
                self._share(other)

    def _opened(self, name: str, path: str, file: str, facts: Facts, loader: Object) -> Object | None:
        problem = refused(path, facts, (*loader.chain, path))
        if problem is not None:
            self.problems.append(problem)
        if not isinstance(facts, Elf):
            return None
        return self._add(Object(path=path, file=file, facts=facts, loader=loader), name)

    def _missing(
        self, name: str, loader: Object, unsure: Library | None, other_class: str | None
    ) -> Object | None:
        """Note that no folder surely has a library; return what is assumed to be there, if anything is."""
        world, machine = self._world, self._world.runtime.target.machine
        candidates = tuple(
            path
            for path in world.stack.named(posixpath.basename(name))
            if isinstance(facts := world.stack.files[path], Elf)
            and facts.machine == machine
            and facts.bits == 64
        )
        tier = unsure.tier if unsure is not None else world.runtime.tier(name)
        sure = tier is Tier.ABSENT and not candidates
        message = (
            f"{other_class}: wrong ELF class: ELFCLASS32" if other_class else f"{name}: {_ABSENT_MESSAGE}"
        )
        self.problems.append(
            LoadProblem(
                kind=Problem.OFF_SEARCH_PATH if candidates else Problem.MISSING_LIBRARY,
                certainty=Certainty.CERTAIN if sure else Certainty.POSSIBLE,
                message=message,
                file=loader.path,
                chain=loader.chain,
                soname=name,
                tier=tier,
                candidates=candidates,
            )
        )
        if candidates:
            path, facts = candidates[0], world.stack.files[candidates[0]]
            known = facts if isinstance(facts, Elf) else None
            return self._add(Object(path=path, file=path, facts=known, loader=loader), name)
        if sure:
            return None
        path = (unsure.path if unsure else None) or name
        return self._add(Object(path=path, file=path, library=unsure, loader=loader), name)


def refused(path: str, facts: Facts, chain: tuple[str, ...]) -> LoadProblem | None:
    """Return why the loader gives up on a file of the right machine, from its own bytes, or None."""
    kind, message = None, ""
    if isinstance(facts, Broken):
        kind, message = Problem.NOT_ELF, facts.message
    elif isinstance(facts, Foreign):
        kind = Problem.NOT_ELF
        message = "file too short" if facts.size_bytes < _HEADER_BYTES else "invalid ELF header"
    elif facts.truncated:
        kind, message = Problem.TRUNCATED, "the process is killed (SIGBUS), without a message"
    elif facts.unloadable:
        kind, message = Problem.UNLOADABLE, facts.unloadable
    elif facts.misaligned:
        kind, message = Problem.MISALIGNED, facts.misaligned
    if kind is None:
        return None
    return LoadProblem(
        kind=kind, certainty=Certainty.CERTAIN, message=f"{path}: {message}", file=path, chain=chain
    )


def _needed(loader: Object) -> tuple[str, ...]:
    if loader.facts is not None:
        return loader.facts.needed
    return loader.library.needed if loader.library is not None else ()
