"""Extension modules whose suffix this Python never tries, by the package that brings them and what they were built for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from layerwright.binaries.facts import Elf
from layerwright.binaries.loading import Role
from layerwright.binaries.suffixes import ExtensionName, Refusal, parse_extension_name, refusal
from layerwright.checks.finding import Severity
from layerwright.checks.modules import Form

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_ELSEWHERE: Final = frozenset({Refusal.OTHER_SYSTEM, Refusal.OTHER_LIBC})
_BUILD: Final = {
    Refusal.FREE_THREADED: "a free-threaded Python",
    Refusal.DEBUG: "a debug build of Python",
}


class NeverTried(NamedTuple):
    """Files of one owner that were built for one thing; the gravest is the first, and its reason follows the file's name.

    ``machine`` is what their bytes are for, where that isn't the target's; ``built_for`` what their suffix says.
    """

    owner: Distribution | None
    machine: str | None
    built_for: str
    paths: tuple[str, ...]
    severity: Severity
    reason: str


def never_tried(subject: Subject) -> Iterator[NeverTried]:
    """Yield the groups, but for files of another system or C library, which have checks of their own."""
    groups: dict[tuple[Distribution | None, str | None, str], list[str]] = {}
    for path, loading in sorted(subject.loadings.results.items()):
        name = parse_extension_name(posixpath.basename(path))
        if loading.role is not Role.NEVER_TRIED or name is None:
            continue
        why = refusal(name, subject.target.python, subject.target.machine)
        if why is None or why in _ELSEWHERE:
            continue
        key = (subject.contents.owner(path), _other_machine(subject, path), _built_for(name, why))
        groups.setdefault(key, []).append(path)
    for (owner, machine, built_for), files in groups.items():
        first, severity, reason = _gravest(subject, files)
        paths = (first, *(path for path in files if path != first))
        yield NeverTried(owner, machine, built_for, paths, severity, reason)


def _other_machine(subject: Subject, path: str) -> str | None:
    facts = subject.contents.binaries[path]
    machine = facts.machine if isinstance(facts, Elf) else None
    return None if machine == subject.target.machine else machine


def _gravest(subject: Subject, files: list[str]) -> tuple[str, Severity, str]:
    """The file that breaks the layer, or that comes nearest to it; the first error decides."""
    found: list[tuple[Severity, str, str]] = []
    loadings = subject.loadings
    for path in sorted(files, key=lambda path: not loadings.breaks_at_once(loadings.results[path])):
        verdict = loadings.verdict(loadings.results[path])
        if verdict.breaks:
            return path, Severity.ERROR, verdict.reason
        found.append((_weight(subject, path), path, verdict.reason))
    severity, path, reason = next((one for one in found if one[0] is Severity.WARNING), found[0])
    return path, severity, reason


def _weight(subject: Subject, path: str) -> Severity:
    """One beside the extension module that is tried is only told."""
    name = subject.modules.name_of(path)
    found = subject.modules.find(name) if name else None
    return Severity.INFO if found is not None and found.form is Form.EXTENSION else Severity.WARNING


def _built_for(name: ExtensionName, why: Refusal) -> str:
    if why in _BUILD:
        return _BUILD[why]
    if why is Refusal.OTHER_MACHINE:
        return name.machine or "another CPU"
    if name.python is not None and len(name.python) > 1:
        implementation = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(name.implementation or "", "Python")
        return f"{implementation} {name.python[0]}.{name.python[1]}"
    return f"an interpreter with the suffix .{name.tag}{name.ending}"
