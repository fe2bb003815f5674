"""Two packages install the same file with different content.

## What it checks

Modules that the RECORDs of two distributions list under one path with different hashes. Tests, documentation and the `__init__.py` of
namespaces are left aside.

## Why it fails on Lambda

The one that was copied last wins, file by file, and half of each package remains: `opencv-python` and `opencv-python-headless` both
own `cv2/`, `pycrypto` and `pycryptodome` both own `Crypto/`. Whichever native part remains may be the one that needs what Lambda
doesn't have, such as libGL.so.1.

## Example

`opencv-python` (wanted by one dependency) and `opencv-python-headless` (wanted by you) in one layer.

## Fix

Keep one of them: leave the other out with an override in the resolution.

## References

- https://github.com/keithrozario/Klayers/issues/115
- https://github.com/opencv/opencv-python#installation-and-usage
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importers import is_test
from layerwright.checks.installed import code_of

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    shared: dict[tuple[str, str], list[str]] = {}
    if sum(len(lines) for lines in subject.contents.records.values()) == len(subject.contents.owners):
        return  # no path is listed twice
    first: dict[str, tuple[Distribution, str | None]] = {}
    for one in subject.distributions:
        for line in code_of(subject, one):
            known = first.setdefault(line.path, (one, line.hash))
            if known[0].name != one.name and known[1] != line.hash and line.path in subject.stack:
                name = subject.modules.name_of(line.path)
                if name and "." in name and not is_test(name):
                    shared.setdefault((known[0].requirement, one.requirement), []).append(line.path)
    for (one_name, other_name), paths in sorted(shared.items()):
        yield CHECK.finding(
            subject,
            f"{one_name} and {other_name} both own {subject.stack.place(paths[0]).path}"
            + (f" and {len(paths) - 1} other files" if len(paths) > 1 else ""),
            paths=paths,
            detail={"packages": (one_name, other_name)},
        )


CHECK = Check(
    id="metadata-file-owned-twice",
    summary="Two packages install the same file with different content",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Keep one of them, and leave the other out of the resolution.",
)
