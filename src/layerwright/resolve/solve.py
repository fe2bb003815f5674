"""uv's answer for the target's own glibc.

uv knows some versions of glibc only. For one between two of them it is asked for the lower first, which takes no
wheel that is too new, and then, if a newer release has a wheel in between, for the higher, leaving out releases
whose wheels are too new until every wheel fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from layerwright.errors import NoSolutionError
from layerwright.resolve.candidates import Wanted, list_releases, skipped_versions
from layerwright.resolve.command import Sources
from layerwright.resolve.failure import read_failure
from layerwright.resolve.question import Answer, Question, ask
from layerwright.resolve.selection import Release
from layerwright.resolve.tags import best_wheel

_MOST_ROUNDS: Final = 64
# Releases beyond these are too old to be of interest, and a few packages have thousands.
_MOST_PASSED_OVER: Final = 40


def solve(question: Question, sources: Sources) -> Answer:
    """uv's answer for the target's own glibc."""
    answer = ask(question, sources, question.platforms.floor)
    if question.request.resolution in {None, "highest"}:
        answer = replace(answer, newer=_passed_over(question, answer))
    if question.platforms.above is None or not _worth_looking_above(question, answer):
        return answer
    above = _search_above(question, sources, answer)
    # Where nothing is solved, the lower run explains it best: the higher was told to leave releases out.
    explained = not above.solved and (answer.solved or not read_failure(above.run).need_source)
    return answer if explained else replace(above, newer=answer.newer)


def _passed_over(question: Question, answer: Answer) -> Mapping[str, tuple[Release, ...]]:
    """Per package the releases newer than the chosen one that uv could not use, newest first."""
    skipped = skipped_versions(answer.run)
    if not skipped:
        return {}
    from packaging.version import Version

    chosen = {release.name: release.version for release in answer.releases if release.direct is None}
    wanted: list[Wanted] = []
    for name, versions in skipped.items():
        current = chosen.get(name)
        if answer.solved and current is None:
            continue
        # Newest first: uv prefers a version that it has chosen already wherever else it is allowed.
        newest = sorted(versions, key=Version, reverse=True)[:_MOST_PASSED_OVER]
        newer = [version for version in newest if current is None or Version(version) > Version(current)]
        # A range, and not the version alone: so a yanked one counts for as little as it does to uv.
        wanted += [Wanted(name=name, specifier=f">={current or newest[-1]},<={version}") for version in newer]
    found = list_releases(wanted, question.request, question.target, words=question.words)
    by_name: dict[str, list[Release]] = {}
    for release in found:
        if release.version is not None and release.version != chosen.get(release.name):
            by_name.setdefault(release.name, []).append(release)
    return {
        name: tuple(sorted(releases, key=lambda release: Version(release.version or "0"), reverse=True))
        for name, releases in by_name.items()
    }


def _worth_looking_above(question: Question, answer: Answer) -> bool:
    if not answer.solved:
        return bool(skipped_versions(answer.run))
    return any(fitting_wheel(question, release) for releases in answer.newer.values() for release in releases)


def fitting_wheel(question: Question, release: Release) -> str | None:
    """The best wheel of a release for the target; None where none fits."""
    return best_wheel((wheel.filename for wheel in release.wheels), question.target, question.glibc)


def _search_above(question: Question, sources: Sources, floor: Answer) -> Answer:
    """The answer for the next higher glibc that uv knows, without the releases that have no wheel for ours."""
    left_out = {
        (release.name, release.version)
        for releases in floor.newer.values()
        for release in releases
        if fitting_wheel(question, release) is None and release.name not in sources.named
    }
    for _ in range(_MOST_ROUNDS):
        without = "".join(f"{name}!={version}\n" for name, version in sorted(left_out, key=str))
        answer = ask(question, sources, question.platforms.above or "", without=without)
        doubtful = [
            release
            for release in answer.releases
            if release.wheels and fitting_wheel(question, release) is None
        ]
        if not doubtful:
            return answer
        # uv names one wheel per package, the one for the newest glibc; the release may have others.
        wanted = [Wanted(name=release.name, specifier=f"=={release.version}") for release in doubtful]
        complete = {
            release.name: release
            for release in list_releases(wanted, question.request, question.target, words=question.words)
        }
        unfit = [
            release
            for release in doubtful
            if release.name not in sources.named
            and fitting_wheel(question, complete.get(release.name, release)) is None
        ]
        if not unfit:
            releases = tuple(complete.get(release.name, release) for release in answer.releases)
            return replace(answer, releases=releases)
        left_out |= {(release.name, release.version) for release in unfit}
    raise NoSolutionError(
        f"no set of wheels for glibc {question.glibc[0]}.{question.glibc[1]} was found in {_MOST_ROUNDS} rounds"
    )
