"""uv's answer for the target's own glibc.

uv knows some versions of glibc only. For one between two of them it is asked for the lower first, which takes no
wheel that is too new, and then, if a newer release has a wheel in between, for the higher, leaving out releases
whose wheels are too new until every wheel fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from layerwright.errors import NoSolutionError
from layerwright.resolve.candidates import Wanted, list_releases
from layerwright.resolve.command import Sources
from layerwright.resolve.question import Answer, Passed, Question, ask
from layerwright.resolve.release import Release
from layerwright.resolve.tags import best_wheel

_MOST_ROUNDS: Final = 64
# Releases beyond these are too old to be of interest, and a few packages have thousands.
_MOST_PASSED_OVER: Final = 40


def solve(question: Question, sources: Sources) -> Answer:
    """uv's answer for the target's own glibc."""
    answer = ask(question, sources, question.platforms.floor)
    if question.request.resolution in {None, "highest"}:
        answer = replace(answer, newer=_passed_over(question, answer))
    if question.platforms.above is None or not _worth_looking_above(answer):
        return answer
    from layerwright.resolve.failure import read_failure

    above = _search_above(question, sources, answer)
    # Where nothing is solved, the lower run explains it best: the higher was told to leave releases out.
    explained = not above.solved and (answer.solved or not read_failure(above.run).need_source)
    return answer if explained else replace(above, skipped=_joined(answer, above))


def ask_above(question: Question, sources: Sources, left_out: Iterable[tuple[str, str]]) -> Answer:
    """uv's answer for the next higher glibc that it knows, without some releases by name and version."""
    without = "".join(f"{name}!={version}\n" for name, version in sorted(left_out))
    return replace(ask(question, sources, question.platforms.above or "", without=without), above=True)


def doubtful_releases(question: Question, answer: Answer) -> list[Release]:
    """The releases of an answer whose one wheel does not fit; they may have others."""
    return [release for release in answer.releases if release.wheels and not _fits(question, release)]


def left_out_releases(newer: Mapping[str, tuple[Passed, ...]], sources: Sources) -> set[tuple[str, str]]:
    """The releases, by name and version, that have no wheel that fits."""
    return {
        (name, passed.version)
        for name, versions in newer.items()
        for passed in versions
        if not passed.fits and name not in sources.named
    }


def _joined(one: Answer, other: Answer) -> dict[str, frozenset[str]]:
    names = one.skipped.keys() | other.skipped.keys()
    none = frozenset[str]()
    return {name: one.skipped.get(name, none) | other.skipped.get(name, none) for name in names}


def _passed_over(question: Question, answer: Answer) -> Mapping[str, tuple[Passed, ...]]:
    """Per package the releases newer than the chosen one that uv could not use, newest first."""
    if not answer.skipped:
        return {}
    from packaging.version import Version

    chosen = answer.versions
    wanted: list[Wanted] = []
    for name, versions in sorted(answer.skipped.items()):
        current = chosen.get(name)
        if answer.solved and current is None:
            continue
        # Newest first: uv prefers a version that it has chosen already wherever else it is allowed.
        newest = sorted(versions, key=Version, reverse=True)[:_MOST_PASSED_OVER]
        newer = [version for version in newest if current is None or Version(version) > Version(current)]
        # A range, and not the version alone: so a yanked one counts for as little as it does to uv.
        wanted += [Wanted(name=name, specifier=_up_to(version, current or newest[-1])) for version in newer]
        if question.platforms.above is not None and current is not None and newer:
            wanted += _between(name, current, newer[0])
    listed = list_releases(wanted, question.request, question.target, words=question.words)
    return _facts(question, (release for release in listed if release.version != chosen.get(release.name)))


def _between(name: str, low: str, high: str) -> list[Wanted]:
    """What asks for the releases between two: any of them may have a wheel that fits, where uv looked past it."""
    from layerwright.resolve.between import versions_between

    return [Wanted(name=name, specifier=_up_to(version, low)) for version in versions_between(low, high)]


def _facts(question: Question, releases: Iterable[Release]) -> dict[str, tuple[Passed, ...]]:
    """What there is to know of releases, per package and newest first."""
    from packaging.version import Version

    from layerwright.resolve.notes import missing_wheel_reason

    by_name: dict[str, dict[str, Passed]] = {}
    for release in releases:
        version = release.version or "0"
        reason = missing_wheel_reason(release, question.target)
        passed = Passed(version=version, fits=_fits(question, release), reason=reason)
        by_name.setdefault(release.name, {})[version] = passed
    return {
        name: tuple(versions[version] for version in sorted(versions, key=Version, reverse=True))
        for name, versions in by_name.items()
    }


def _merged(
    one: Mapping[str, tuple[Passed, ...]], other: Mapping[str, tuple[Passed, ...]]
) -> dict[str, tuple[Passed, ...]]:
    from packaging.version import Version

    merged = {}
    for name in one.keys() | other.keys():
        passed = {passed.version: passed for passed in (*one.get(name, ()), *other.get(name, ()))}
        merged[name] = tuple(passed[version] for version in sorted(passed, key=Version, reverse=True))
    return merged


def _up_to(version: str, lowest: str) -> str:
    """A specifier for the best version up to this one; local versions can't bound a range (PEP 440)."""
    return f"=={version}" if "+" in version else f">={lowest.partition('+')[0]},<={version}"


def _worth_looking_above(answer: Answer) -> bool:
    if answer.versions and not answer.run.log:
        return True  # a uv that says nothing of what it passed over
    if not answer.solved:
        return bool(answer.skipped)
    return any(passed.fits for versions in answer.newer.values() for passed in versions)


def _fits(question: Question, release: Release) -> bool:
    names = (wheel.filename for wheel in release.wheels)
    return best_wheel(names, question.target, question.glibc) is not None


def _search_above(question: Question, sources: Sources, floor: Answer) -> Answer:
    """The answer for the next higher glibc that uv knows, without the releases that have no wheel for ours."""
    newer = floor.newer
    for _ in range(_MOST_ROUNDS):
        answer = ask_above(question, sources, left_out_releases(newer, sources))
        doubtful = doubtful_releases(question, answer)
        if not doubtful:
            return replace(answer, newer=newer)
        # uv names one wheel per package, the one for the newest glibc; the release may have others.
        wanted = [Wanted(name=release.name, specifier=f"=={release.version}") for release in doubtful]
        for release in doubtful:
            if release.name in floor.versions:
                wanted += _between(release.name, floor.versions[release.name], release.version or "")
        listed = list_releases(wanted, question.request, question.target, words=question.words)
        known = {(release.name, release.version): release for release in (*doubtful, *listed)}
        newer = _merged(newer, _facts(question, known.values()))
        complete = [known[release.name, release.version] for release in doubtful]
        if all(release.name in sources.named or _fits(question, release) for release in complete):
            by_name = {release.name: release for release in complete}
            releases = tuple(by_name.get(release.name, release) for release in answer.releases)
            return replace(answer, releases=releases, newer=newer)
    raise NoSolutionError(
        f"no set of wheels for glibc {question.glibc[0]}.{question.glibc[1]} was found in {_MOST_ROUNDS} rounds"
    )
