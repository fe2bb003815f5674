"""Whether a file that the loader refuses breaks the layer, or is an accelerator that nobody misses.

A refused extension module breaks the layer when something that users import needs it at once and catches nothing: the top
of its package, a public subpackage, the function, or most of the package's modules. It doesn't when another file gives the module,
when every importer goes on without it, or when nothing here imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from layerwright.checks.importers import Importer, is_public, is_test
from layerwright.checks.modules import Form
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


class Refusal(StrEnum):
    """How the interpreter fails at a file."""

    UNSEEN = "unseen"
    """It passes the file over, for its suffix is of another interpreter: ModuleNotFoundError, unless another file gives the module."""
    UNLOADABLE = "unloadable"
    """It tries the file, and fails: ImportError, whatever stands beside it."""


class Verdict(NamedTuple):
    """Whether a refused file breaks the layer, and why it does or not, as a clause that can follow its name."""

    breaks: bool
    reason: str


def judge_refused(subject: Subject, refused: Mapping[str, Refusal]) -> Mapping[str, Verdict]:
    """Return a verdict for each absolute path that the loader refuses."""
    return {path: _judge(subject, path, refusal) for path, refusal in refused.items()}


def judge_opened(subject: Subject, paths: Iterable[str]) -> Mapping[str, Verdict]:
    """Return a verdict for each library that can't be loaded and is no module: does the code open it, and catch a failure?"""
    return {path: _judge_opened(subject, subject.importers.opening(path)) for path in paths}


def judge_failing(subject: Subject, path: str) -> Verdict:
    """Return a verdict on a Python file that fails when it is imported: do users meet it, or what imports it?"""
    name = subject.modules.name_of(path)
    if path.startswith(FUNCTION_ROOT) or (name is not None and _is_surface(subject, name)):
        return Verdict(breaks=True, reason="users import it")
    return _judge(subject, path, Refusal.UNLOADABLE)


def breaks_at_once(subject: Subject, path: str, refusal: Refusal) -> bool:
    """Tell whether the surface of the layer itself imports a refused file; quickly, and False says nothing."""
    name = _name_of_needed(subject, path)
    return (
        isinstance(name, str) and _met_importer(subject, name, missing=refusal is Refusal.UNSEEN) is not None
    )


def _judge(subject: Subject, path: str, refusal: Refusal) -> Verdict:
    name = _name_of_needed(subject, path)
    if isinstance(name, Verdict):
        return name
    missing = refusal is Refusal.UNSEEN
    met = _met_importer(subject, name, missing=missing)
    if met is not None:
        return Verdict(breaks=True, reason=_told(subject, name, met, met))
    importers = subject.importers.of(name)
    parent, _, leaf = name.rpartition(".")
    if not parent and (not importers or any(one.how is How.LAZY for one in importers)):
        return Verdict(breaks=True, reason="it is the module that its distribution exists for")
    if not importers and parent.rpartition(".")[2] == leaf:
        # as cv2/cv2.abi3.so, which cv2/__init__.py puts in its own place by changing sys.path
        return Verdict(breaks=True, reason=f"it is the native part of {parent} itself")
    importers = importers or tuple(subject.importers.compiled(name))
    return _follow(subject, name, importers, missing=missing)


def _name_of_needed(subject: Subject, path: str) -> str | Verdict:
    """The dotted name that a refused file should give, or why nobody needs it to."""
    name = subject.modules.name_of(path)
    if name is None:
        return Verdict(breaks=False, reason="no search path of Python reaches it")
    if is_test(name):
        return Verdict(breaks=False, reason="only tests use it")
    found = subject.modules.find(name)
    if found is not None and found.path != path and found.form is not Form.NAMESPACE:
        return Verdict(breaks=False, reason=f"Python takes {subject.stack.place(found.path).path} for {name}")
    return name


def _met_importer(subject: Subject, name: str, *, missing: bool) -> Importer | None:
    found = subject.importers.surface(name)
    return next((one for one in found if _is_fatal(one, missing=missing) and _is_met(subject, one)), None)


def judge_absent(subject: Subject, module: str, paths: Iterable[str]) -> tuple[Verdict, tuple[Importer, ...]]:
    """Return a verdict on a module that is nowhere, with the files among ``paths`` that import it, the gravest first."""
    found = tuple(
        one for path in paths for one in subject.importers.in_file(path, module) if one.how <= How.LAZY
    )
    found = tuple(sorted(found, key=lambda one: (one.how, one.path, one.line)))
    return _follow(subject, module, found, missing=True), found


def _follow(subject: Subject, start: str, found: tuple[Importer, ...], *, missing: bool) -> Verdict:
    """Follow the importers of a module that fails, and theirs, until one is found that users depend on."""
    broken: dict[
        str, Importer
    ] = {}  # each module that fails with it, and the importer of the first in its chain
    caught: Importer | None = None
    level: list[tuple[Importer, Importer]] = [(one, one) for one in found]
    while level:
        following: list[tuple[str, Importer]] = []
        for one, first in level:
            if not _is_fatal(one, missing=missing):
                caught = caught or one
            elif _is_met(subject, one):
                return Verdict(breaks=True, reason=_told(subject, start, first, one))
            elif one.module and one.module != start and one.module not in broken:
                broken[one.module] = first
                following.append((one.module, first))
        for name, first in following:
            met = _met_importer(subject, name, missing=missing)
            if met is not None:
                return Verdict(breaks=True, reason=_told(subject, start, first, met))
        level = [(one, first) for name, first in following for one in subject.importers.of(name)]
    return _weigh(subject, start, list(broken), caught)


def _weigh(subject: Subject, start: str, broken: list[str], caught: Importer | None) -> Verdict:
    """Judge by how many public modules fail where none of them is the surface of a package."""
    public = [name for name in broken if is_public(name)]
    top = (broken or [start])[0].partition(".")[0]
    own = 1 if is_public(start) and "." in start and subject.modules.find(start) else 0
    if public and (len(public) + own > 1 or len(public) * 2 >= subject.importers.public_modules(top)):
        return Verdict(breaks=True, reason=f"{_listed(public)} can't be imported without it")
    if public:
        return Verdict(breaks=False, reason=f"only {public[0]} needs it")
    if caught is not None:
        return Verdict(breaks=False, reason=f"{_place(subject, caught)} {_HOW[caught.how]}")
    return Verdict(breaks=False, reason="no Python file here imports it")


_HOW = {
    How.CONDITIONAL: "imports it under a condition",
    How.LAZY: "imports it only when a function is called",
    How.GUARDED: "goes on without it",
    How.GUARDED_MISSING: "goes on without it",
}


def _is_fatal(one: Importer, *, missing: bool) -> bool:
    if one.path.startswith(FUNCTION_ROOT):
        return one.how in {How.TOP, How.CONDITIONAL, How.LAZY}
    return one.how is How.TOP or (one.how is How.GUARDED_MISSING and not missing)


def _is_met(subject: Subject, one: Importer) -> bool:
    """Tell whether users meet the importer itself: the function, the top of a package, a public subpackage."""
    return one.path.startswith(FUNCTION_ROOT) or (one.module is not None and _is_surface(subject, one.module))


def _is_surface(subject: Subject, name: str) -> bool:
    if not is_public(name):
        return False
    found = subject.modules.find(name)
    return "." not in name or (found is not None and found.form is Form.PACKAGE)


def _judge_opened(subject: Subject, found: tuple[Importer, ...]) -> Verdict:
    found = tuple(
        one for one in found if one.how is not How.NEVER and not (one.module and is_test(one.module))
    )
    if not found:
        return Verdict(breaks=False, reason="no Python file here opens it")
    for one in found:
        if one.how in {How.TOP, How.CONDITIONAL, How.LAZY}:
            return Verdict(breaks=True, reason=f"{_place(subject, one)} opens it")
    return Verdict(breaks=False, reason=f"{_place(subject, found[0])} goes on without it")


def _told(subject: Subject, start: str, first: Importer, last: Importer) -> str:
    """Say who imports the module, and what of the surface fails with it."""
    if first is last:
        return f"{_place(subject, first)} imports {start}"
    surface = last.module or subject.stack.place(last.path).path
    return f"{_place(subject, first)} imports {start}, and {surface} fails with it"


def _place(subject: Subject, one: Importer) -> str:
    path = subject.stack.place(one.path).path
    return f"{path}:{one.line}" if one.line else path


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
