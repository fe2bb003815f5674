"""A package's file isn't what its RECORD says.

## What it checks

The size, and where it is known the hash, of each file that a RECORD lists. A binary in which every line feed has become carriage
return and line feed is an error: something treated it as text. Other changes are only told, since stripped binaries and edited sources
are common and mostly meant.

## Why it fails on Lambda

A binary that was mangled as text has wrong offsets everywhere: the process dies with SIGSEGV or SIGBUS, or the loader says
`ELF load command address/offset not properly aligned`.

## Example

A layer committed to git with `* text=auto eol=crlf`, then checked out.

## Fix

Build the layer again. Mark binaries in `.gitattributes`: `*.so binary`.

## References

- https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
- https://git-scm.com/docs/gitattributes
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.installed import is_metadata

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution, Recorded
    from layerwright.checks.subject import Subject

_ENOUGH = 64  # line feeds, to say of a binary that each of them was changed


def _run(subject: Subject) -> Iterator[Finding]:
    several = {one.name for one in subject.distributions if subject.by_name[one.name] is not one}
    for one in subject.distributions:
        if one.name in several:
            continue  # metadata-two-versions tells of these
        changed = [
            line for line in subject.contents.records.get(one.folder, ()) if _is_changed(subject, line)
        ]
        mangled = [line.path for line in changed if _is_mangled(subject, line.path)]
        if mangled:
            yield _mangled(subject, one, mangled)
        rest = [line.path for line in changed if line.path not in mangled]
        if rest:
            yield CHECK.finding(
                subject,
                f"{len(rest)} of the files of {one.requirement} {'is' if len(rest) == 1 else 'are'} not what was installed",
                paths=rest,
                severity=Severity.INFO,
                fix=subject.rebuild(one),
            )


def _mangled(subject: Subject, one: Distribution, paths: list[str]) -> Finding:
    return CHECK.finding(
        subject,
        f"a binary of {one.requirement} was treated as text: each line feed in it became CR LF",
        paths=paths,
        fix=subject.rebuild(one),
    )


def _is_changed(subject: Subject, line: Recorded) -> bool:
    entry = subject.stack.get(line.path)
    if entry is None or is_metadata(line.path) or line.path.endswith(".pyc"):
        return False
    if line.size_bytes is not None and line.size_bytes != entry.size_bytes:
        return True
    known = subject.contents.digests.get(line.path)
    return (
        known is not None and line.hash is not None and line.hash.startswith("sha256=") and line.hash != known
    )


def _is_mangled(subject: Subject, path: str) -> bool:
    if not (path.endswith(".so") or ".so." in path):
        return False
    data = subject.stack[path].read()
    feeds = data.count(b"\n")
    return feeds >= _ENOUGH and data.count(b"\r\n") == feeds


CHECK = Check(
    id="metadata-changed-file",
    summary="A package's file isn't what its RECORD says",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Build the layer again; mark binaries in .gitattributes: `*.so binary`.",
)
