"""Which versions uv looked at and could not use, and what files those have.

uv tells the first nowhere but in its log, and the second only of releases that it is asked to lock for every
platform. Both are read after a resolution, the second from uv's cache, so that they cost a run of some 25 ms.
A log that can't be read gives no versions: then nothing is known of newer ones, and no note is made.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from layerwright.resolve.command import given_requirements, listing_arguments
from layerwright.resolve.release import Release, read_document, read_releases
from layerwright.resolve.request import Request
from layerwright.resolve.uv import UvRun, run_uv
from layerwright.targets.target import Target

_FOUND: Final = re.compile(
    r"Found candidate for package (\S+) with range (.*) after \d+ steps: (\S+) version"
)
_UNUSABLE: Final = re.compile(
    r"Returning incompatible candidate for package (\S+) with range (.*) after \d+ steps"
)
_SEARCHED: Final = re.compile(r"Searching for a compatible version of (\S+) \((.*)\)")

# Wheels for older Pythons than Lambda's oldest say nothing to anyone.
_OLDEST_PYTHON: Final = "3.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Releases to list: the one that is best of those that a specifier takes."""

    name: str
    specifier: str


def skipped_versions(run: UvRun) -> Mapping[str, frozenset[str]]:
    """Per package the versions that uv found and could not use, as its log has them.

    uv also looks ahead, by what one requirement alone allows; what it finds there may be ruled out by another, and
    only what it searched for by all of them counts.
    """
    searched = {(match[1], match[2]) for line in run.log if (match := _SEARCHED.search(line))}
    found: dict[tuple[str, str], str] = {}
    skipped: defaultdict[str, set[str]] = defaultdict(set)
    for line in run.log:
        if match := _FOUND.search(line):
            found[match[1], match[2]] = match[3]
        elif (match := _UNUSABLE.search(line)) and (match[1], match[2]) in found.keys() & searched:
            skipped[match[1]].add(found[match[1], match[2]])
    return {name: frozenset(versions) for name, versions in skipped.items()}


def seen_packages(run: UvRun) -> frozenset[str]:
    """The packages that uv looked at, as its log has them."""
    return frozenset(match[1] for line in run.log if (match := _FOUND.search(line)))


def list_releases(
    wanted: Iterable[Wanted], request: Request, target: Target, *, words: tuple[str, ...]
) -> tuple[Release, ...]:
    """Every file of each release wanted, as the indexes had them a moment ago; nothing where uv can't tell."""
    unique = tuple(dict.fromkeys(wanted))
    if not unique:
        return ()
    several = {name for name, count in Counter(one.name for one in unique).items() if count > 1}
    lines = [
        # The second markers exclude each other, so that uv gives one package in several versions.
        f"{one.name}{one.specifier} ; python_version >= '{target.python_version}'"
        + (f" and platform_release == '{number}'" if one.name in several else "")
        for number, one in enumerate(unique)
    ]
    cached = replace(request, offline=True, refresh=False)
    run = release_run(lines, cached, python_version=_OLDEST_PYTHON, words=words)
    if run.code and not request.offline:  # nothing is cached where the user wants no cache
        run = release_run(lines, request, python_version=_OLDEST_PYTHON, words=words)
    return () if run.code else run_releases(run, request)


def release_run(
    lines: Iterable[str], request: Request, *, python_version: str, words: tuple[str, ...]
) -> UvRun:
    """A run of uv that lists every file of the releases that requirement lines name, of one package each."""
    asked = replace(request, requirements=tuple(lines))
    arguments = listing_arguments(asked, python_version=python_version, fallback=words)
    return run_uv(
        arguments, environment=request.environment, folder=request.folder, given=given_requirements(asked)
    )


def run_releases(run: UvRun, request: Request) -> tuple[Release, ...]:
    """The releases of a run of ``release_run``."""
    return read_releases(read_document(run.output, name="uv"), base=request.folder, source="uv")
