"""A package's metadata is there, and its code isn't.

## What it checks

Whether anything that a distribution's RECORD lists, beside its own metadata, is in the stack; where there is no RECORD, whether the
modules that its top_level.txt names can be imported.

## Why it fails on Lambda

The resolver and `pip list` see the package, Python doesn't: `No module named 'x'`. Copying only the `.dist-info` folders, a `.gitignore`
that leaves the code out, or a local dependency that was linked and not copied end like this.

## Example

`python/mylib-1.0.dist-info/` without `python/mylib/`.

## Fix

Install the package itself, not a link to it: `uv pip install --no-editable`, `uv sync --no-editable`.

## References

- https://github.com/astral-sh/uv/issues/14963
- https://github.com/aws/aws-lambda-builders/issues/246
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.installed import code_of

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject


def _run(subject: Subject) -> Iterator[Finding]:
    for one in subject.distributions:
        names = _absent(subject, one)
        if names:
            yield CHECK.finding(
                subject,
                f"{one.requirement} has metadata, but none of its code is there ({', '.join(names[:3])})",
                paths=[one.folder],
                fix=subject.rebuild(one),
                detail={"missing": tuple(names)},
            )


def _absent(subject: Subject, one: Distribution) -> list[str]:
    if one.has_record:
        code = code_of(subject, one)
        if not code or any(line.path in subject.stack for line in code):
            return []
        return sorted({line.path.removeprefix(f"{one.root}/").partition("/")[0] for line in code})
    names = [name for name in one.top_level if not name.startswith("_")]
    return [] if any(subject.modules.can_import(name) for name in names) else names


CHECK = Check(
    id="metadata-without-files",
    summary="A package's metadata is there, and its code isn't",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Install the package itself, not a link to it.",
)
