"""An extension module was compiled against numpy 1, and numpy 2 is in the stack.

## What it checks

Where numpy 2 is in the stack: extension modules of packages that need numpy. Those compiled with numpy 2's headers look for
`numpy._core._multiarray_umath`; those that only know `numpy.core._multiarray_umath` were compiled with numpy 1's. A few modules of
each package are looked at.

## Why it fails on Lambda

`A module that was compiled using NumPy 1.x cannot be run in NumPy 2`, `numpy.core.multiarray failed to import`, or
`numpy.dtype size changed, may indicate binary incompatibility`. The other way round works.

## Example

`pandas 2.1.4` beside `numpy 2.1`.

## Fix

Take a version of the package that was built for numpy 2, or hold numpy back: `numpy<2`.

## References

- https://numpy.org/doc/stable/dev/depending_on_numpy.html
- https://github.com/aws/aws-sdk-pandas/issues/2858
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check, Need
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_OLD: Final = b"numpy.core._multiarray_umath"
_NEW: Final = b"numpy._core._multiarray_umath"
_LAST_PYTHON_OF_NUMPY_1: Final = (3, 12)  # https://numpy.org/doc/stable/release/1.26.0-notes.html
_SAMPLE: Final = 4  # the smallest modules of a package that are looked at


def _run(subject: Subject) -> Iterator[Finding]:
    numpy = subject.by_name.get("numpy")
    if numpy is None or not (numpy.version or "").startswith("2."):
        return
    dependants = {one.by.folder: one.by for one in subject.required if one.project == "numpy"}
    for one in dependants.values():
        old = [path for path in _sample(subject, one) if _is_old(subject.stack[path].read())]
        if old:
            yield CHECK.finding(
                subject,
                f"{one.requirement} was compiled against numpy 1, and {numpy.requirement} is in the stack",
                paths=old,
                fix=_fix(subject, one),
            )


def _fix(subject: Subject, one: Distribution) -> str:
    older = subject.target.python <= _LAST_PYTHON_OF_NUMPY_1
    words = f'"{one.requirement}" "numpy<2"' if older else f'"{one.title}>{one.version}"'
    return f"layerwright build {words} --target {subject.target}"


def _sample(subject: Subject, one: Distribution) -> list[str]:
    lines = subject.contents.records.get(one.folder, ())
    modules = [
        line.path
        for line in lines
        if line.path.endswith(subject.runtime.extension_suffixes) and line.path in subject.stack
    ]
    return sorted(modules, key=lambda path: (subject.stack[path].size_bytes, path))[:_SAMPLE]


def _is_old(data: bytes) -> bool:
    return _OLD in data and _NEW not in data


CHECK = Check(
    id="numpy-abi-mix",
    summary="An extension module was compiled against numpy 1, and numpy 2 is in the stack",
    severity=Severity.WARNING,
    needs=frozenset({Need.METADATA, Need.BINARIES}),
    run=_run,
    fix="Take a version of the package that was built for numpy 2, or hold numpy back: `numpy<2`.",
)
