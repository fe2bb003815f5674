"""What the distributions of a stack require of each other on one target, with the extras that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from layerwright.checks.distributions import normalise

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject


class Needed(NamedTuple):
    """A requirement that holds on the target: who states it, on what, and as it is written."""

    by: Distribution
    project: str
    requirement: Requirement


def find_required(subject: Subject) -> tuple[Needed, ...]:
    """Return every requirement that holds on the target, with those of extras that are asked for, directly or by others.

    Lines that no one can read are passed over; pip refuses to install such packages.
    """
    extras = {name: set(wanted) for name, wanted in subject.extras.items()}
    while True:
        found = tuple(_holding(subject, extras))
        before = sum(map(len, extras.values()))
        for one in found:
            extras.setdefault(one.project, set()).update(normalise(extra) for extra in one.requirement.extras)
        if sum(map(len, extras.values())) == before:
            return found


def accepts(specifier: SpecifierSet, version: str) -> bool:
    """Tell whether a specifier takes a version, prereleases too; True where the version isn't one that can be compared.

    >>> from packaging.specifiers import SpecifierSet
    >>> accepts(SpecifierSet(">=2"), "2.1rc1"), accepts(SpecifierSet(">=2"), "1.9")
    (True, False)
    """
    from packaging.version import InvalidVersion, Version

    try:
        return specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _holding(subject: Subject, extras: dict[str, set[str]]) -> Iterator[Needed]:
    from packaging.requirements import InvalidRequirement, Requirement

    environment = dict(subject.markers)
    for one in subject.by_name.values():
        for line in one.requires:
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            if requirement.marker is None or any(
                requirement.marker.evaluate({**environment, "extra": extra})
                for extra in ("", *sorted(extras.get(one.name, ())))
            ):
                yield Needed(one, normalise(requirement.name), requirement)
