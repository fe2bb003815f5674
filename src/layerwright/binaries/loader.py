"""What Lambda's loader and CPython would make of each file of a stack, without running any.

The rules are those of glibc's ld.so, as it opens an extension module with RTLD_NOW: the search for each library
(``search``), what is loaded in which order (``process``), and how versions and symbols bind (``binding``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from layerwright.binaries.binding import Binding
from layerwright.binaries.facts import Elf, Facts
from layerwright.binaries.loading import Certainty, Loading, LoadProblem, Problem, Role
from layerwright.binaries.process import Process, World, refused
from layerwright.binaries.read import named_like_binary
from layerwright.binaries.stack import Stack
from layerwright.binaries.suffixes import entry_functions, module_leaf, parse_extension_name, refusal
from layerwright.targets.runtime import Runtime, Tier

_NO_SUCH_FILE = "cannot open shared object file: No such file or directory"


def simulate(
    files: Mapping[str, Facts], runtime: Runtime, *, links: Mapping[str, str] | None = None
) -> tuple[Loading, ...]:
    """Return what becomes of each file, sorted by path.

    ``files`` maps the absolute path of every binary of the stack (``/opt/python/...``, ``/opt/lib/...``, ``/var/task/...``)
    to its facts; ``links`` every symbolic link's path to its target. A bundled library is judged only through
    the files that load it.
    """
    simulation = _Simulation(World(Stack(files, links or {}), runtime))
    roles = {path: role_of(path, facts, runtime) for path, facts in sorted(files.items())}
    for path, role in roles.items():
        if role in (Role.EXTENSION, Role.PROGRAM):
            simulation.load(path, role)
        elif role is Role.NEVER_TRIED:
            simulation.trace(path)
    rest = [path for path, role in roles.items() if role is Role.ALONE]
    wanted = {name for path in rest for name in _names_needed(files[path])}
    # Those that another one needs come last: they are most often judged by then through what needs them.
    for path in sorted(rest, key=lambda path: (bool(_names_of(path, files[path]) & wanted), path)):
        if path not in simulation.loaded_by:
            simulation.load(path, Role.ALONE)
    for path, role in roles.items():
        if path not in simulation.results:
            bundled = path in simulation.loaded_by
            simulation.results[path] = Loading(path=path, role=Role.BUNDLED if bundled else role)
    return tuple(simulation.finished(path) for path in roles)


def role_of(path: str, facts: Facts, runtime: Runtime) -> Role:
    """Return who would load a file, as far as its name and its bytes tell."""
    name = parse_extension_name(posixpath.basename(path))
    python, machine = runtime.target.python, runtime.target.machine
    if not isinstance(facts, Elf):
        if name is None or refusal(name, python, machine) is not None:
            return Role.FOREIGN
        return Role.ALONE if not name.tag and name.module.startswith("lib") else Role.EXTENSION
    if facts.type == "executable" and not named_like_binary(path):
        return Role.PROGRAM
    if name is None:
        return Role.ALONE
    if refusal(name, python, machine) is not None:
        return Role.NEVER_TRIED if name.implementation or name.system else Role.ALONE
    entries = entry_functions(module_leaf(path) or name.module, python)
    return (
        Role.EXTENSION if name.tag or any(entry in facts.init_functions for entry in entries) else Role.ALONE
    )


class _Simulation:
    """Results as they come in, for one call of ``simulate``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._binding = Binding(world)
        self.results: dict[str, Loading] = {}
        self.loaded_by: dict[str, list[str]] = {}

    def load(self, path: str, role: Role) -> None:
        """Judge one file as what is opened first."""
        facts = self._world.stack.files[path]
        problem = self._at_the_door(path, facts, role)
        if problem is not None or not isinstance(facts, Elf):
            self.results[path] = Loading(path=path, role=role, problems=(problem,) if problem else ())
            return
        python = role is not Role.PROGRAM
        process = Process(self._world, python=python)
        process.open(path, facts)
        missing = self._interpreter_problems(path, facts) if role is Role.PROGRAM else ()
        problems = [*missing, *process.problems]
        more, untold = self._binding.problems(process, python=python)
        loads = self._note_loads(path, process)
        self.results[path] = Loading(
            path=path, role=role, problems=(*problems, *more), loads=loads, untold=tuple(untold)
        )

    def trace(self, path: str) -> None:
        """Note which libraries would come with a module that is never tried: they are of its cause, and not judged alone."""
        facts = self._world.stack.files[path]
        if isinstance(facts, Elf):
            process = Process(self._world, python=True)
            process.open(path, facts)
            loads = self._note_loads(path, process)
            self.results[path] = Loading(path=path, role=Role.NEVER_TRIED, loads=loads)

    def _note_loads(self, path: str, process: Process) -> tuple[str, ...]:
        loads = tuple(item.file for item in process.objects[1:] if item.facts is not None)
        for other in loads:
            self.loaded_by.setdefault(other, []).append(path)
        return loads

    def finished(self, path: str) -> Loading:
        """Return the result of a file, with what loads it."""
        return replace(self.results[path], loaded_by=tuple(sorted(self.loaded_by.get(path, ()))))

    def _at_the_door(self, path: str, facts: Facts, role: Role) -> LoadProblem | None:
        """Why the file itself isn't even mapped."""
        kind, message = None, ""
        if isinstance(facts, Elf) and facts.bits != 64:
            kind, message = Problem.WRONG_CLASS, f"{path}: wrong ELF class: ELFCLASS{facts.bits}"
        elif isinstance(facts, Elf) and facts.machine != self._world.runtime.target.machine:
            kind, message = Problem.WRONG_MACHINE, f"{path}: {_NO_SUCH_FILE}"
        if kind is not None:
            if role is Role.PROGRAM:
                message = f"{path}: Exec format error"
            return LoadProblem(
                kind=kind, certainty=Certainty.CERTAIN, message=message, file=path, chain=(path,)
            )
        problem = refused(path, facts, (path,))
        return None if role is Role.PROGRAM and problem and problem.kind is Problem.UNLOADABLE else problem

    def _interpreter_problems(self, path: str, facts: Elf) -> tuple[LoadProblem, ...]:
        """A program whose loader isn't there can't be started: musl's, for one, is not on Lambda."""
        asked = facts.interpreter
        if asked is None or self._world.stack.resolve(asked) is not None:
            return ()
        if self._world.runtime.tier(posixpath.basename(asked)) is not Tier.ABSENT and "musl" not in asked:
            return ()
        return (
            LoadProblem(
                kind=Problem.MISSING_INTERPRETER,
                certainty=Certainty.CERTAIN,
                message=f"{path}: No such file or directory",
                file=path,
                chain=(path,),
                soname=posixpath.basename(asked),
            ),
        )


def _names_needed(facts: Facts) -> tuple[str, ...]:
    return facts.needed if isinstance(facts, Elf) else ()


def _names_of(path: str, facts: Facts) -> set[str]:
    soname = facts.soname if isinstance(facts, Elf) else None
    return {posixpath.basename(path), soname or ""}
