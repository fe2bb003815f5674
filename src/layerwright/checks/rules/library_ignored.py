"""A library in lib/ is never used, for the system has one of that name.

## What it checks

Files in a layer's `lib/` and the function's `lib/` whose name is that of a library which the runtime has in a folder that is
searched before.

## Why it fails on Lambda

LD_LIBRARY_PATH on Lambda begins with /var/lang/lib and /lib64, and ends with /opt/lib. A newer libstdc++ in a layer is passed
over: `version 'GLIBCXX_3.4.30' not found` stays.

## Example

`lib/libstdc++.so.6` in a layer, to make a package built with a newer compiler load.

## Fix

Only a DT_RPATH in the library that needs it goes before: `patchelf --force-rpath --set-rpath '$ORIGIN'`. Better take a wheel
that was built for an older system.

## References

- https://github.com/aws-samples/aws-lambda-container-image-converter/issues/12
- https://man7.org/linux/man-pages/man8/ld.so.8.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.stack import FUNCTION_ROOT
from layerwright.targets.runtime import Tier

if TYPE_CHECKING:
    from layerwright.checks.subject import Subject

_THERE: Final = frozenset({Tier.SAFE, Tier.LIKELY})


def _run(subject: Subject) -> Iterator[Finding]:
    runtime = subject.runtime
    folders = {f"{runtime.layer.root}/{folder}" for folder in runtime.layer.library} | {
        f"{FUNCTION_ROOT}/lib",
        FUNCTION_ROOT,
    }
    for path in subject.stack:
        folder, _, base = path.rpartition("/")
        library = runtime.libraries.get(base) if folder in folders else None
        if (
            library is not None
            and library.tier in _THERE
            and _is_before(runtime.library_path, library.path, folder)
        ):
            yield CHECK.finding(
                subject,
                f"the loader takes the runtime's own {base}; {folder} is searched last",
                paths=[path],
                detail={"soname": base},
            )


def _is_before(order: tuple[str, ...], path: str | None, folder: str) -> bool:
    """Tell whether the runtime's own library lies in a folder that is searched before ours."""
    own = (path or "/lib64/x").rpartition("/")[0]
    return folder not in order or own not in order or order.index(own) < order.index(folder)


CHECK = Check(
    id="library-ignored",
    summary="A library in lib/ is never used, for the system has one of that name",
    severity=Severity.WARNING,
    run=_run,
    fix="Take a wheel that was built for an older system.",
)
