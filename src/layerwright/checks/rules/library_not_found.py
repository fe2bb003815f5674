"""Code opens a shared library that is nowhere.

## What it checks

Literals in calls of `ctypes.CDLL`, `cdll.LoadLibrary`, `ffi.dlopen` and `ctypes.util.find_library`, or of a function of the same file
that hands them on, outside of try blocks that go on: a library of that name in the runtime, or in a layer's `lib/`. One
that the runtime lacks is an error where users import the file, or something that imports it; `find_library` is only warned of. What a
function opens when it is called is told, for the code may have another way; a package that has the library's name is warned of.

## Why it fails on Lambda

No ELF file names such libraries, so tools that follow the needs of binaries don't see them: `OSError: Could not find lib
geos_c`, `OSError: libfoo.so.1: cannot open shared object file`.

## Example

`ctypes.CDLL('libmagic.so.1')` in python-magic; Pango and GObject, which weasyprint opens through cffi.

## Fix

Put the library into the layer's `lib/` folder, or take a package that brings it along.

## References

- https://github.com/aws/aws-sdk-pandas/issues/2603
- https://docs.python.org/3/library/ctypes.html#finding-shared-libraries
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.importability import judge_failing
from layerwright.checks.importers import is_test
from layerwright.checks.loadings import listed
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.statements import How
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.statements import Call
    from layerwright.checks.subject import Subject

_WORDS: Final = ("find_library", "CDLL", "LoadLibrary", "dlopen")
_SONAME: Final = re.compile(r"lib[\w+.-]+\.so(?:\.[\d.]+)?")
_PLAIN: Final = re.compile(r"[\w+-]+")
# Frameworks of macOS that packages for several systems look for; no Linux has them, and no one misses them.
_OF_MACOS: Final = frozenset({
    "AppKit", "ApplicationServices", "Carbon", "Cocoa", "CoreFoundation", "CoreGraphics", "CoreServices", "CoreText",
    "Foundation", "IOKit", "Quartz", "Security", "System", "SystemConfiguration", "objc",
})  # fmt: skip
_THERE: Final = frozenset({Tier.SAFE, Tier.LIKELY})


def _run(subject: Subject) -> Iterator[Finding]:
    found: dict[str, list[tuple[str, Call]]] = {}
    for path in subject.mentioning(*_WORDS):
        if is_test(subject.modules.name_of(path) or ""):
            continue
        for call in subject.syntax(path).calls:
            name = _wanted(call)
            if name and call.how <= How.LAZY and not _is_there(subject, name):
                found.setdefault(name, []).append((path, call))
    together: dict[tuple[str, Severity], list[tuple[str, Call]]] = {}
    for name, places in sorted(found.items()):
        path, call = min(places, key=lambda place: (place[1].how, place[1].function == "find_library"))
        severity = _severity(subject, path, call, absent=_is_absent(subject, name))
        together.setdefault((path, severity), []).append((name, call))
    for (path, severity), opened in together.items():
        names = [name for name, _ in opened]
        others = [where for name in names for where, _ in found[name]]
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(path).path}:{min(call.line for _, call in opened)} opens {listed(names)}, which "
            f"{'is' if len(names) == 1 else 'are'} neither in the stack nor known to be on {subject.target.runtime}",
            paths=dict.fromkeys((path, *others)),
            severity=severity,
            detail={"soname": names[0], "sonames": tuple(names)},
        )


def _is_absent(subject: Subject, name: str) -> bool:
    """Tell whether the runtime surely lacks a library, or stands in no listing of it or its image, which is as good."""
    unlisted = not any(
        soname == name or soname.startswith(f"{name}.") for soname in subject.runtime.libraries
    )
    return unlisted or subject.runtime.tier(name) in {Tier.ABSENT, Tier.REPORTED_ABSENT}


def _severity(subject: Subject, path: str, call: Call, *, absent: bool) -> Severity:
    if call.how is How.TOP:
        fatal = absent and call.function != "find_library" and judge_failing(subject, path).breaks
        return Severity.ERROR if fatal else Severity.WARNING
    # Most packages look for a library in a function as one way of several; one that has the library's name is there for it.
    owner = subject.contents.owner(path)
    title = owner.name if owner else path.rpartition("/")[0].rpartition("/")[2]
    plain = call.literal.removeprefix("lib").partition(".so")[0]
    return Severity.WARNING if len(plain) > 2 and plain in title else Severity.INFO


def _wanted(call: Call) -> str | None:
    """The soname that a call asks for, or its beginning where the call leaves the version open; None for other systems'."""
    if call.literal in _OF_MACOS:
        return None
    if call.function in {"find_library", "dlopen"} and _PLAIN.fullmatch(call.literal):
        return f"lib{call.literal}.so"
    opens = call.function in {"CDLL", "LoadLibrary", "dlopen"}
    return call.literal if opens and _SONAME.fullmatch(call.literal) else None


def _is_there(subject: Subject, name: str) -> bool:
    for soname, library in subject.runtime.libraries.items():
        if library.tier in _THERE and (soname == name or soname.startswith(f"{name}.")):
            return True
    folders = (
        *(f"{subject.runtime.layer.root}/{folder}" for folder in subject.runtime.layer.library),
        f"{FUNCTION_ROOT}/lib",
        FUNCTION_ROOT,
    )
    in_folders = any(
        base == name or base.startswith(f"{name}.")
        for folder in folders
        for base in subject.stack.folders.get(folder, ())
    )
    # Opened by a path that is put together at run time: the package has the file beside it, or in its .libs folder.
    return in_folders or any(path.rpartition("/")[2].startswith(name) for path in subject.contents.libraries)


CHECK = Check(
    id="library-not-found",
    summary="Code opens a shared library that is nowhere",
    severity=Severity.ERROR,
    needs=frozenset({Need.PYTHON}),
    run=_run,
    fix="Put the library into the layer's `lib/` folder, or take a package that brings it along.",
)
