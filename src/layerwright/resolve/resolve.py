"""Requirements in any form become a lock for one target, through uv.

Wheels alone are asked for first. A package that has none for the target may come as its source distribution; its
metadata is then read without running its code where that is possible, and built by uv where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layerwright.errors import UsageError
from layerwright.progress import Progress
from layerwright.resolve.lock import ArtifactKind, Lock, LockedPackage
from layerwright.resolve.notes import Note, OlderVersion, SourceOnly, missing_wheel_reason
from layerwright.resolve.platforms import platforms_around
from layerwright.resolve.question import Answer, Question
from layerwright.resolve.request import ALL, Request
from layerwright.resolve.selection import hashed, select_artifact
from layerwright.resolve.solve import fitting_wheel
from layerwright.resolve.sources import answered
from layerwright.resolve.uv import UvRun
from layerwright.targets.target import Target

_STEP: Final = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A lock, and what there is to say of it."""

    lock: Lock
    notes: tuple[Note, ...] = ()


def resolve(request: Request, target: Target, *, glibc: tuple[int, int], progress: Progress) -> Resolution:
    """The lock for a request, each package in its newest version that has a wheel for the target, and notes.

    Raises UsageError for input that makes no sense, NoSolutionError with uv's explanation, NetworkError or
    OfflineError where an index can't be asked, BuildError where metadata can't be built, IntegrityError for a
    broken file.
    """
    progress.begin(_STEP, None)
    try:
        question = Question(
            request=request,
            target=target,
            glibc=glibc,
            platforms=platforms_around(target, glibc),
            fallback=(),
        )
        return _resolution(question, answered(question))
    finally:
        progress.end(_STEP)


def _resolution(question: Question, answer: Answer) -> Resolution:
    if not answer.releases:
        raise _nothing(question, answer.run)
    packages = [
        LockedPackage(
            name=release.name,
            version=release.version,
            artifact=hashed(select_artifact(release, question.choice)),
        )
        for release in answer.releases
    ]
    packages.sort(key=lambda package: package.name)
    lock = Lock(target=question.target, packages=tuple(packages))
    return Resolution(
        lock=lock, notes=(*_older(question, lock, answer), *_from_source(question, lock, answer))
    )


def _older(question: Question, lock: Lock, answer: Answer) -> list[OlderVersion]:
    """Notes on the packages that have newer versions, none of whose wheels fit."""
    from_name = {package.name: package for package in lock.packages}
    notes = []
    for name, releases in sorted(answer.newer.items()):
        package = from_name.get(name)
        unfit = [release for release in releases if fitting_wheel(question, release) is None]
        if (
            package is None
            or package.version is None
            or package.artifact.kind is not ArtifactKind.WHEEL
            or not unfit
        ):
            continue
        newest = unfit[0]
        notes.append(
            OlderVersion(
                name=name,
                version=package.version,
                newest=newest.version or "",
                target=str(question.target),
                reason=missing_wheel_reason(newest, question.target),
            )
        )
    return notes


def _from_source(question: Question, lock: Lock, answer: Answer) -> list[SourceOnly]:
    indexed = {release.name for release in answer.releases if release.direct is None}
    chosen = {*question.request.no_binary}
    return [
        SourceOnly(name=package.name, version=package.version or "", target=str(question.target))
        for package in lock.packages
        if package.artifact.kind is ArtifactKind.SDIST
        and package.name in indexed
        and not chosen & {ALL, package.name}
    ]


def _nothing(question: Question, run: UvRun) -> UsageError:
    named = [*map(str, question.request.files), *(f"group {group}" for group in question.request.groups)]
    if (
        any("does not contain any dependencies" in line for line in run.messages)
        or not question.request.requirements
    ):
        return UsageError(
            f"there is no requirement for {question.target} in {', '.join(named) or 'what was asked for'}"
        )
    return UsageError(f"every requirement is excluded by its marker for {question.target}")
