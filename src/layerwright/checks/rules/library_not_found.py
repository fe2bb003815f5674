"""Code opens a shared library that is nowhere.

## What it checks

Literals in calls of `ctypes.CDLL`, `cdll.LoadLibrary`, `ffi.dlopen` and `ctypes.util.find_library`, outside of try blocks that
go on: a library of that name in the runtime, or in a layer's `lib/`. `find_library` is only warned of, and so is what a
function opens when it is called: the code may have another way.

## Why it fails on Lambda

No ELF file names such libraries, so tools that follow the needs of binaries don't see them: `OSError: Could not find lib
geos_c`, `OSError: libfoo.so.1: cannot open shared object file`.

## Example

`ctypes.CDLL('libmagic.so.1')` in python-magic.

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
from layerwright.checks.importers import is_test
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.checks.syntax import How
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject
    from layerwright.checks.syntax import Call

_WORDS: Final = (b"find_library", b"CDLL", b"LoadLibrary", b"dlopen")
_SONAME: Final = re.compile(r"lib[\w+.-]+\.so(?:\.[\d.]+)?")
_PLAIN: Final = re.compile(r"[\w+-]+")
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
    for name, places in sorted(found.items()):
        path, call = min(places, key=lambda place: (place[1].function == "find_library", place[1].how))
        sure = call.how is How.TOP and call.function != "find_library"
        absent = subject.runtime.tier(name) in {Tier.ABSENT, Tier.REPORTED_ABSENT} or subject.runtime.complete
        yield CHECK.finding(
            subject,
            f"{subject.stack.place(path).path}:{call.line} opens {name}, which is neither in the stack nor known to be on "
            f"{subject.target.runtime}",
            paths=dict.fromkeys(where for where, _ in places),
            severity=Severity.ERROR if sure and absent else Severity.WARNING,
            detail={"soname": name, "unknown": not absent},
        )


def _wanted(call: Call) -> str | None:
    """The soname that a call asks for, or its beginning where the call leaves the version open; None for other systems'."""
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
