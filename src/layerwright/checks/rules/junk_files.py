"""Files of the desktop, the editor or version control are in the layer.

## What it checks

`__MACOSX`, `.DS_Store`, `._*`, `Thumbs.db`, `desktop.ini`, `.git`, caches of tools, editors' swap files.

## Why it fails on Lambda

They do little harm, and count towards the 250 MB. A `._x.py` beside each file doubles their number and the time to unpack them.

## Example

A layer made with Finder's Compress.

## Fix

`zip -r layer.zip python -x '*.DS_Store' '__MACOSX/*' '*/._*'`, or `layerwright build`.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
- https://github.com/shelfio/chrome-aws-lambda-layer/issues/42
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_JUNK: Final = re.compile(
    r"(?:^|/)(?:__MACOSX|\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini|\.git|\.svn|\.hg|\.idea|\.vscode|\.pytest_cache"
    r"|\.mypy_cache|\.ruff_cache|\.venv|[^/]*\.sw[op])(?:/|$)"
)
_MUCH: Final = 1 << 20


def _run(subject: Subject) -> Iterator[Finding]:
    for part in subject.stack.parts:
        junk = [entry for entry in part.tree.files() if _JUNK.search(entry.path)]
        if junk:
            size = sum(entry.size_bytes for entry in junk)
            yield CHECK.finding(
                subject,
                f"{len(junk)} {'file' if len(junk) == 1 else 'files'} ({size:,} bytes) that nothing here uses",
                layer=part.name,
                path=junk[0].path,
                severity=Severity.WARNING if size > _MUCH else Severity.INFO,
                detail={"paths": tuple(entry.path for entry in junk)},
            )


CHECK = Check(
    id="junk-files",
    summary="Files of the desktop, the editor or version control are in the layer",
    severity=Severity.INFO,
    run=_run,
    fix="`zip -r layer.zip python -x '*.DS_Store' '__MACOSX/*' '*/._*'`, or `layerwright build`.",
)
