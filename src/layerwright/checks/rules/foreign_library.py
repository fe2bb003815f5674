"""Libraries for Windows or macOS are in the layer.

## What it checks

`.dll`, `.dylib` and `.pyd` files. Where the same package has Linux libraries too they are dead weight; where it has none, it
was installed on another system.

## Why it fails on Lambda

The loader can't use them. A package that was installed on macOS or Windows has nothing else: `invalid ELF header`, `No module
named 'x._y'`, or `OSError` when it opens its library.

## Example

`pip install -t python cryptography` on Windows: `_rust.pyd`.

## Fix

Build for the target; `layerwright build` does so from any system.

## References

- https://github.com/zappa/Zappa/issues/573
- https://github.com/zappa/Zappa/issues/483
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerwright.checks.check import Check
from layerwright.checks.finding import Finding, Severity

if TYPE_CHECKING:
    from layerwright.checks.distributions import Distribution
    from layerwright.checks.subject import Subject

_FOREIGN: Final = (".dll", ".dylib", ".pyd")


def _run(subject: Subject) -> Iterator[Finding]:
    groups: dict[str, tuple[Distribution | None, list[str]]] = {}
    for path in subject.stack:
        if path.endswith(_FOREIGN):
            owner = subject.contents.owner(path)
            groups.setdefault(owner.folder if owner else "", (owner, []))[1].append(path)
    for owner, paths in groups.values():
        alone = not _has_linux_libraries(subject, owner, paths)
        size = sum(subject.stack[path].size_bytes for path in paths)
        named = f" of {owner.requirement}" if owner else ""
        yield CHECK.finding(
            subject,
            f"{len(paths)} {'library' if len(paths) == 1 else 'libraries'}{named} for Windows or macOS ({size:,} bytes)"
            + (", and none for Linux" if alone else ""),
            paths=paths,
            severity=Severity.WARNING if alone else Severity.INFO,
            fix=subject.rebuild(owner) if owner else None,
        )


def _has_linux_libraries(subject: Subject, owner: Distribution | None, paths: list[str]) -> bool:
    if owner is not None and owner.folder in subject.contents.records:
        beside = [line.path for line in subject.contents.records[owner.folder]]
    else:
        folders = {path.rpartition("/")[0] for path in paths}
        beside = [f"{folder}/{name}" for folder in folders for name in subject.stack.folders.get(folder, ())]
    return any(path.endswith(".so") or ".so." in path for path in beside)


CHECK = Check(
    id="foreign-library",
    summary="Libraries for Windows or macOS are in the layer",
    severity=Severity.WARNING,
    run=_run,
    fix="Build for the target; `layerwright build` does so from any system.",
)
