"""The AWS SDK that every Lambda runtime brings, left out of a lock where nothing else in the layer needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from layerwright.resolve.lock import Lock
from layerwright.resolve.markers import marker_holds
from layerwright.resolve.name import normalised_name
from layerwright.targets.target import Target

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: boto3 and what it needs.
RUNTIME_SDK: Final = frozenset(
    {"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A lock without the SDK: what was dropped, and which of it stays, with the packages that need it."""

    lock: Lock
    dropped: tuple[str, ...]
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        """One line for people."""
        said = [f"left out {', '.join(self.dropped)}: the runtime brings them"] if self.dropped else []
        said += [f"kept {name}: {', '.join(users)} needs it" for name, users in self.kept.items()]
        return "; ".join(said) or "nothing of the runtime's SDK is in this layer"


def exclude_runtime_sdk(
    lock: Lock,
    requires: Mapping[str, Iterable[str]],
    *,
    extras: Mapping[str, frozenset[str]] | None = None,
    bundled: frozenset[str] = RUNTIME_SDK,
) -> Exclusion:
    """The lock without the SDK's packages, save those that a package outside of the SDK needs, directly or not.

    ``requires`` has each package's Requires-Dist lines by normalised name, ``extras`` the extras that were asked of
    packages, and ``bundled`` what the runtime brings: nothing else is ever left out.
    """
    family = {package.name for package in lock.packages} & RUNTIME_SDK & bundled
    users = _users(lock, requires, extras or {}, family)
    dropped = family - users.keys()
    packages = tuple(package for package in lock.packages if package.name not in dropped)
    return Exclusion(
        lock=Lock(target=lock.target, packages=packages),
        dropped=tuple(sorted(dropped)),
        kept={name: tuple(sorted(users[name])) for name in sorted(users)},
    )


def _users(
    lock: Lock, requires: Mapping[str, Iterable[str]], extras: Mapping[str, frozenset[str]], family: set[str]
) -> dict[str, set[str]]:
    """The members of the family that are needed from outside of it, each with the packages that stay and need it."""
    waiting = [
        (package.name, extras.get(package.name, frozenset()))
        for package in lock.packages
        if package.name not in family
    ]
    seen: set[tuple[str, frozenset[str]]] = set()
    users: dict[str, set[str]] = {}
    while waiting:
        package, asked = waiting.pop()
        if (package, asked) in seen:
            continue
        seen.add((package, asked))
        for name, wanted in _needed(requires.get(package, ()), lock.target, asked):
            if name in family:
                users.setdefault(name, set()).add(package)
            waiting.append((name, wanted))
    return users


def _needed(lines: Iterable[str], target: Target, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """What Requires-Dist lines need on the target, each with the extras asked of it; lines that are none are passed over."""
    from packaging.requirements import InvalidRequirement, Requirement

    needed = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or marker_holds(str(requirement.marker), target, extras=extras):
            needed.append((normalised_name(requirement.name), frozenset(requirement.extras)))
    return needed
