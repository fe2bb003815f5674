"""What the simulated loader says of the stack, and how grave each refusal is for those who use the layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from layerwright.binaries.loader import simulate
from layerwright.binaries.loading import Certainty, Loading, LoadProblem, Problem, Role
from layerwright.checks.finding import Severity
from layerwright.checks.importability import (
    Refusal,
    Verdict,
    breaks_at_once,
    judge_opened,
    judge_refused,
)
from layerwright.layer.tree import Kind
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Case(NamedTuple):
    """A file, and one reason why it doesn't load; how grave that is, is worked out when somebody asks."""

    loadings: Loadings
    loading: Loading
    problem: LoadProblem

    @property
    def severity(self) -> Severity:
        """How grave it is for those who use the layer."""
        return self.loadings.severity(self.problem, self.loadings.verdict(self.loading))

    @property
    def unsure(self) -> bool:
        """Whether the layer works only if the target has what no one has told: it breaks without, and isn't an error."""
        breaks = self.loadings.verdict(self.loading).breaks
        return breaks and self.severity is Severity.WARNING

    @property
    def reason(self) -> str:
        """Why it is as grave, as a clause that can follow the file's name."""
        return self.loadings.verdict(self.loading).reason


class Loadings:
    """The loader's word on every binary of a subject; computed at first need."""

    def __init__(self, subject: Subject) -> None:
        """Take the subject."""
        self._subject = subject
        self._verdicts: dict[str, Verdict] = {}

    @cached_property
    def results(self) -> Mapping[str, Loading]:
        """What becomes of each file, by absolute path."""
        stack = self._subject.stack
        links = {
            path: entry.read().decode("utf-8", "surrogateescape")
            for path, entry in stack.items()
            if entry.kind is Kind.SYMLINK
        }
        found = simulate(self._subject.contents.binaries, self._subject.runtime, links=links)
        return {one.path: one for one in found}

    def cases(self, *kinds: Problem) -> Iterator[Case]:
        """Yield the problems of these kinds, file by file; programs in the layer's ``bin`` and ``extensions`` have a check of their own."""
        for loading in self.results.values():
            if loading.role is Role.PROGRAM and loading.path.startswith(("/opt/bin/", "/opt/extensions/")):
                continue
            for problem in loading.problems:
                if problem.kind in kinds:
                    yield Case(self, loading, problem)

    def verdict(self, loading: Loading) -> Verdict:
        """Return whether a file that can't be loaded breaks the layer."""
        known = self._verdicts.get(loading.path)
        if known is None:
            known = self._verdicts[loading.path] = self._judge(loading)
        return known

    def breaks_at_once(self, loading: Loading) -> bool:
        """Tell whether the surface of the layer imports a refused file; quickly, and False says nothing."""
        return breaks_at_once(self._subject, loading.path, _refusal(loading))

    def is_unlisted(self, problem: LoadProblem) -> bool:
        """Tell whether a missing library stands in no listing of the runtime or its image, which is as good as absent."""
        return problem.tier is Tier.UNKNOWN and problem.soname not in self._subject.runtime.libraries

    def severity(self, problem: LoadProblem, verdict: Verdict) -> Severity:
        """Return how grave a problem is of a file with that verdict."""
        missing = problem.kind is Problem.MISSING_LIBRARY
        if problem.certainty is Certainty.CERTAIN or (missing and self.is_unlisted(problem)):
            return Severity.ERROR if verdict.breaks else Severity.WARNING
        return Severity.INFO if problem.tier is Tier.LIKELY and not problem.candidates else Severity.WARNING

    def _judge(self, loading: Loading) -> Verdict:
        path = loading.path
        if loading.role is Role.PROGRAM:
            return Verdict(breaks=False, reason="it is a program of its own")
        opened = judge_opened(self._subject, (path,))[path]
        if loading.role is Role.ALONE or opened.breaks:
            return opened
        return judge_refused(self._subject, {path: _refusal(loading)})[path]


def grouped(cases: Iterable[Case], key: Callable[[Case], Hashable]) -> list[list[Case]]:
    """Return the cases by cause, the gravest of each first; once one is an error, the others of its cause aren't weighed."""
    found: dict[Hashable, list[Case]] = {}
    for case in cases:
        found.setdefault(key(case), []).append(case)
    return [_gravest_first(sorted(group, key=lambda case: case.loading.path)) for group in found.values()]


def _gravest_first(group: list[Case]) -> list[Case]:
    # What the surface imports is told quickly, so it is asked first.
    ordered = (
        sorted(group, key=lambda case: not case.loadings.breaks_at_once(case.loading))
        if len(group) > 1
        else group
    )
    for case in ordered:
        if case.severity is Severity.ERROR:
            return [case, *(other for other in group if other is not case)]
    return sorted(group, key=lambda case: _ORDER[case.severity])


def _refusal(loading: Loading) -> Refusal:
    return Refusal.UNSEEN if loading.role in (Role.NEVER_TRIED, Role.FOREIGN) else Refusal.UNLOADABLE


def paths(group: Iterable[Case]) -> tuple[str, ...]:
    """Return the files of a group, each once, in its order."""
    return tuple(dict.fromkeys(case.loading.path for case in group))


def counted(subject: Subject, files: tuple[str, ...]) -> str:
    """Return the first file and how many more there are: ``a/b.so and 3 more``."""
    first = subject.stack.place(files[0]).path
    return first if len(files) == 1 else f"{first} and {len(files) - 1} more"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
