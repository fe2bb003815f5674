"""A file can't be read by the user that Lambda runs as.

## What it checks

The permission bits of files and folders: others need to read each file, and to enter each folder. Lambda puts missing bits of
folders right, so those are a warning.

## Why it fails on Lambda

The function runs as a user that owns none of the files: `PermissionError: [Errno 13] Permission denied: '/opt/python/x.py'`, or
a plain ModuleNotFoundError.

## Example

A layer zipped under `umask 077`.

## Fix

`chmod -R a+rX python` before zipping; `layerwright build` writes 644 and 755.

## References

- https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
- https://github.com/Miserlou/Zappa/issues/484
- https://github.com/aws/chalice/issues/853
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.stack import LAYER_ROOT
from layerwright.layer.tree import Kind

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_READ: Final = 0o004
_ENTER: Final = 0o001


def _run(subject: Subject) -> Iterator[Finding]:
    closed: dict[str, list[str]] = {}
    folders: dict[str, list[str]] = {}
    for path, entry in subject.stack.items():
        if entry.kind is Kind.FILE and not entry.mode & _READ:
            closed.setdefault(subject.stack.place(path).layer, []).append(path)
        elif entry.kind is Kind.DIRECTORY and not (entry.mode & _READ and entry.mode & _ENTER):
            folders.setdefault(subject.stack.place(path).layer, []).append(path)
    for paths in closed.values():
        yield CHECK.finding(
            subject,
            f"{_count(paths, 'file')} can be read by the owner alone (mode {subject.stack[paths[0]].mode:o})",
            paths=paths,
        )
    for paths in folders.values():
        yield CHECK.finding(
            subject,
            f"{_count(paths, 'folder')} can't be entered by others (mode {subject.stack[paths[0]].mode:o})",
            paths=paths,
            severity=Severity.WARNING if paths[0].startswith(LAYER_ROOT) else Severity.ERROR,
        )


def _count(paths: list[str], what: str) -> str:
    return f"{len(paths)} {what}{'s' if len(paths) != 1 else ''}"


CHECK = Check(
    id="file-not-readable",
    summary="A file can't be read by the user that Lambda runs as",
    severity=Severity.ERROR,
    run=_run,
    fix="`chmod -R a+rX python` before zipping; `layerwright build` writes 644 and 755.",
)
