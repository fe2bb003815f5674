"""Requirements in any form become a lock for one target, through uv.

Wheels alone are asked for first. A package that has none for the target may come as its source distribution; its
metadata is then read without running its code where that is possible, and built by uv where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError
from layerwright.progress import Progress
from layerwright.resolve.candidates import Wanted, list_releases
from layerwright.resolve.index_settings import IndexSettings, read_index_settings
from layerwright.resolve.lock import Artifact, ArtifactKind, Lock, LockedPackage
from layerwright.resolve.locked import lock_file, lock_packages
from layerwright.resolve.notes import Note, OlderVersion, SourceOnly, Warned
from layerwright.resolve.platforms import platforms_around
from layerwright.resolve.question import Answer, Question
from layerwright.resolve.release import Release
from layerwright.resolve.request import ALL, Request
from layerwright.resolve.selection import hashed, select_artifact
from layerwright.resolve.sources import answered
from layerwright.resolve.uv import UvRun
from layerwright.targets.target import Target

_STEP: Final = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A lock, what there is to say of it, and how its files are fetched."""

    lock: Lock
    notes: tuple[Note, ...]
    settings: IndexSettings


def resolve(
    request: Request,
    target: Target,
    *,
    glibc: tuple[int, int],
    progress: Progress,
    memory: Path | None = None,
) -> Resolution:
    """The lock for a request, each package in its newest version that has a wheel for the target, and notes.

    ``memory`` is a folder where what is found out about releases is kept for some minutes: without it the same
    question costs the same runs of uv again.

    Raises UsageError for input that makes no sense, NoSolutionError with uv's explanation, NetworkError or
    OfflineError where an index can't be asked, BuildError where metadata can't be built, IntegrityError for a
    broken file or one that is not among the hashes given.
    """
    progress.begin(_STEP, None)
    try:
        settings = read_index_settings(request)
        asked = settings.applied(request)
        locked = lock_file(asked)
        if locked is not None:
            lock, settings = lock_packages(locked, asked, target, glibc=glibc, settings=settings)
            return Resolution(lock=lock, notes=(), settings=settings)
        question = Question(
            request=asked,
            target=target,
            glibc=glibc,
            platforms=platforms_around(target, glibc),
            words=settings.words,
            places=settings.indexes,
            memory=memory,
        )
        return _resolution(question, answered(question), settings)
    finally:
        progress.end(_STEP)


def _resolution(question: Question, answer: Answer, settings: IndexSettings) -> Resolution:
    if not answer.releases:
        raise _nothing(question, answer.run)
    packages = [
        LockedPackage(name=release.name, version=release.version, artifact=artifact)
        for release, artifact in zip(answer.releases, _artifacts(question, answer, settings), strict=True)
    ]
    packages.sort(key=lambda package: package.name)
    lock = Lock(target=question.target, packages=tuple(packages))
    notes: tuple[Note, ...] = (
        *_older(question, lock, answer),
        *_from_source(question, lock, answer),
        *_warnings(answer.run),
    )
    return Resolution(lock=lock, notes=notes, settings=settings)


def _artifacts(question: Question, answer: Answer, settings: IndexSettings) -> Iterator[Artifact]:
    """The best artifact of each release, of those that the requirements files have hashes for."""
    hashes = settings.lines.hashes
    without_wheels = {*question.request.no_binary}
    for chosen in answer.releases:
        from_source = chosen.sdist is not None and without_wheels & {ALL, chosen.name}
        release = replace(chosen, wheels=()) if from_source else chosen
        artifact = hashed(select_artifact(release, question.choice))
        allowed = hashes.get(release.name)
        if allowed and artifact.sha256 not in allowed:
            artifact = _allowed_artifact(question, release, allowed)
        yield artifact


def _allowed_artifact(question: Question, release: Release, hashes: frozenset[str]) -> Artifact:
    """The best file of a release with one of these hashes; IntegrityError where it has none."""
    from layerwright.resolve.pins import only_hashes

    complete: tuple[Release, ...] = (release,)
    if release.direct is None:
        wanted = [Wanted(name=release.name, specifier=f"=={release.version}")]
        complete = list_releases(wanted, question.request, question.target, words=question.words) or complete
    choice = replace(question.choice, source="the requirements")
    return hashed(select_artifact(only_hashes(complete[0], hashes, choice), choice))


def _older(question: Question, lock: Lock, answer: Answer) -> list[OlderVersion]:
    """Notes on the packages that have newer versions, none of whose wheels fit."""
    notes = []
    for package in lock.packages:
        if package.artifact.kind is not ArtifactKind.WHEEL:
            continue
        for passed in answer.newer.get(package.name, ()):
            if passed.version == package.version:
                break  # what follows is older
            if not passed.fits:
                note = OlderVersion(
                    name=package.name,
                    version=package.version or "",
                    newest=passed.version,
                    target=str(question.target),
                    reason=passed.reason,
                )
                notes.append(note)
                break
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


def _warnings(run: UvRun) -> list[Warned]:
    """uv's warnings that are about packages."""
    lines = [line.removeprefix("warning: ") for line in run.messages if line.startswith("warning: ")]
    told = [line for line in lines if "yanked" in line or "extra" in line]
    if not told:
        return []
    from layerwright.resolve.failure import redacted

    return [Warned(message=redacted(line)) for line in told]


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
