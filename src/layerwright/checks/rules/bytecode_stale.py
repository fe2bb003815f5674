"""Compiled Python files will be compiled again at each cold start.

## What it checks

The headers of `.pyc` files for the target's Python: one that goes by its source's time is good only while the source has exactly
that time, and size. A few files of each folder tree are looked at, since one tool writes them all alike.

## Why it fails on Lambda

Zips hold times to two seconds, in local time, and packagers set them to 1980 to get the same zip twice. Python then takes the bytecode
for stale. It can't write a new one, for /opt and /var/task are read-only, so it compiles the source at every cold start.

## Example

`python -m compileall python`, then a zip whose times are all 1980-01-01.

## Fix

Compile with hashes: `python -m compileall --invalidation-mode unchecked-hash`, or leave the files out.

## References

- https://peps.python.org/pep-0552/
- https://github.com/serverless/serverless/issues/13889
- https://github.com/aws/aws-lambda-builders/issues/924
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.bytecode import Header, read_header
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_SAMPLE: Final = 3  # files that are looked at per package


def _run(subject: Subject) -> Iterator[Finding]:
    tag = f".cpython-{subject.target.python[0]}{subject.target.python[1]}"
    packages: dict[str, list[str]] = {}
    for path in subject.stack:
        if path.endswith(".pyc") and "/__pycache__/" in path and tag in path:
            name = subject.modules.name_of(_source_of(path))
            if name and _source_of(path) in subject.stack:
                packages.setdefault(name.partition(".")[0], []).append(path)
    stale = [
        path
        for paths in packages.values()
        if any(_is_stale(subject, path) for path in paths[:_SAMPLE])
        for path in paths
    ]
    if stale:
        yield CHECK.finding(
            subject,
            f"{len(stale)} compiled files go by the time of their source, which a zip doesn't keep: "
            "they are compiled again at each cold start",
            paths=stale,
        )


def _source_of(path: str) -> str:
    folder, _, name = path.partition("/__pycache__/")
    return f"{folder}/{name.partition('.')[0]}.py"


def _is_stale(subject: Subject, path: str) -> bool:
    header = read_header(subject.stack[path].read())
    return header is not None and not header.hashed and not _has_time(subject, path, header)


def _has_time(subject: Subject, path: str, header: Header) -> bool:
    source = subject.stack[_source_of(path)]
    modified = subject.contents.modified.get(_source_of(path))
    return modified == header.source_time and source.size_bytes == header.source_bytes


CHECK = Check(
    id="bytecode-stale",
    summary="Compiled Python files will be compiled again at each cold start",
    severity=Severity.WARNING,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Compile with hashes: `python -m compileall --invalidation-mode unchecked-hash`, or leave the files out.",
)
