"""A package imports a standard library module that the runtime's Python no longer has.

## What it checks

Modules that were taken out of the standard library (distutils, imp, asyncore, cgi, telnetlib, ...) and pkg_resources, which came
with setuptools: packages whose metadata doesn't say that they support the target's Python, or a later one, are searched for imports of those. What they
import inside a function or in a try block that goes on is a warning. A module of that name in the stack settles it.

## Why it fails on Lambda

`No module named 'distutils'` (python3.12 and later), `No module named 'pkg_resources'`, `No module named 'cgi'` (3.13).

## Example

`aws-xray-sdk 0.95` on python3.12; `pydub 0.25.1` on python3.13, which imports `audioop`, or else `pyaudioop`, and nothing else.

## Fix

Take a newer version of the package, or add what brings the module back: `setuptools<81`, `legacy-cgi`, `audioop-lts`, `pyasyncore`.

## References

- https://docs.python.org/3/whatsnew/3.12.html#removed
- https://docs.python.org/3/whatsnew/3.13.html#pep-594-remove-dead-batteries-from-the-standard-library
- https://github.com/aws/aws-xray-sdk-python/issues/16
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importability import judge_absent

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

# https://docs.python.org/3/whatsnew/, the minor version that a module is missing from
_REMOVED: Final = {
    (3, 10): ("formatter", "parser", "symbol"),
    (3, 11): ("binhex",),
    (3, 12): ("asynchat", "asyncore", "distutils", "imp", "smtpd"),
    (3, 13): (
        "aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap", "msilib", "nis", "nntplib",
        "ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib",
    ),
}  # fmt: skip

# What gives a module back, on the package index.
_BACKPORTS: Final = {
    "asynchat": "pyasynchat", "asyncore": "pyasyncore", "audioop": "audioop-lts", "cgi": "legacy-cgi", "cgitb": "legacy-cgi",
    "distutils": "setuptools", "pkg_resources": "setuptools<81",
    **{name: f"standard-{name}" for name in ("aifc", "chunk", "crypt", "imghdr")},
}  # fmt: skip


def _run(subject: Subject) -> Iterator[Finding]:
    absent = [name for name in _names(subject) if not subject.modules.can_import(name)]
    if "setuptools" in subject.by_name and "distutils" in absent:
        absent.remove("distutils")  # its distutils-precedence.pth gives it back, and Lambda runs .pth files
    if not absent:
        return
    imports = _importing(absent)
    for one in subject.distributions:
        if max(one.supports, default=(0, 0)) >= subject.target.python or one.name == "setuptools":
            continue
        paths = [
            line.path
            for line in subject.contents.records.get(one.folder, ())
            if line.path.endswith(".py") and imports.search(subject.contents.source(line.path))
        ]
        for name in absent:
            yield from _judge(subject, one, name, paths)


def _judge(subject: Subject, one: Distribution, name: str, paths: list[str]) -> Iterator[Finding]:
    verdict, importers = judge_absent(subject, name, paths)
    if importers:
        place = subject.stack.place(importers[0].path).path
        sure = name != "pkg_resources" or subject.target.python >= (3, 12)
        yield CHECK.finding(
            subject,
            f"{one.requirement} imports {name} ({place}:{importers[0].line}), which {subject.target.runtime} hasn't got",
            paths=dict.fromkeys(importer.path for importer in importers),
            severity=Severity.ERROR if verdict.breaks and sure else Severity.WARNING,
            fix=_fix(subject, one, name),
            detail={"module": name, "reason": verdict.reason},
        )


def _fix(subject: Subject, one: Distribution, name: str) -> str:
    backport = _BACKPORTS.get(name)
    words = f'"{one.requirement}" "{backport}"' if backport else f'"{one.title}>{one.version}"'
    return f"layerwright build {words} --target {subject.target}"


def _importing(names: list[str]) -> re.Pattern[bytes]:
    """A pattern for the beginnings of statements that import one of these modules."""
    any_name = "|".join(names)
    statement = (
        rf"^[ \t]*(?:from[ \t]+|import[ \t]+(?:[^\n]*,[ \t]*)?)(?:{any_name})\b|__import__\(.(?:{any_name})\b"
    )
    return re.compile(statement.encode(), re.MULTILINE)


def _names(subject: Subject) -> list[str]:
    gone = [name for since, names in _REMOVED.items() if subject.target.python >= since for name in names]
    return [*gone, "pkg_resources"]


CHECK = Check(
    id="stdlib-removed",
    summary="A package imports a standard library module that the runtime's Python no longer has",
    severity=Severity.ERROR,
    needs=frozenset({Need.METADATA}),
    run=_run,
    fix="Take a newer version of the package.",
)
