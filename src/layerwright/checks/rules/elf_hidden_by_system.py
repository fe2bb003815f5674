"""A library of the layer is never used, since the runtime has one of the same name.

## What it checks

Libraries in the folders of LD_LIBRARY_PATH that a layer or function can fill (`/opt/lib`, `/var/task/lib`) against those of the
runtime's folders, which come first.

## Why it fails on Lambda

The loader searches `/lib64` before `/opt/lib`: a newer `libstdc++.so.6` in the layer's `lib` folder changes nothing, and what was to be
mended still fails. A library with a search path of its own (DT_RPATH) does get past.

## Example

`lib/libstdc++.so.6` in a layer, to bring `GLIBCXX_3.4.30` to python3.11.

## Fix

Give the files that need it a DT_RPATH that leads to it (`patchelf --force-rpath --set-rpath`), or take wheels that fit the runtime's
library, and leave this one out.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
- https://man7.org/linux/man-pages/man8/ld.so.8.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.binaries.facts import Elf
from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    folders = subject.runtime.library_path
    for path, facts in sorted(subject.contents.binaries.items()):
        folder, name = posixpath.split(path)
        library = subject.runtime.libraries.get(name)
        if folder not in folders or library is None or library.path is None or not isinstance(facts, Elf):
            continue
        theirs = posixpath.dirname(library.path)
        if library.tier is Tier.SAFE and theirs in folders and folders.index(theirs) < folders.index(folder):
            yield CHECK.finding(
                subject,
                f"{subject.stack.place(path).path} is never used: {library.path} comes before it on {subject.target}",
                paths=[path],
                detail={"library": name, "instead": library.path},
            )


CHECK = Check(
    id="elf-hidden-by-system",
    summary="A library of the layer is never used, since the runtime has one of the same name",
    severity=Severity.WARNING,
    needs=frozenset({Need.BINARIES}),
    run=_run,
    fix="Give the files that need it a DT_RPATH that leads to it, or leave it out.",
)
