"""What each minor version of CPython has: the standard library, its exports to extension modules, the stable ABI."""

from __future__ import annotations

from collections.abc import Mapping

from layerwright.targets.entry import DATA
from layerwright.targets.sections import read_sections


def stdlib_modules(python: tuple[int, int]) -> frozenset[str]:
    """Return the dotted names of the standard library's modules on Linux, private ones and submodules too."""
    return _words("stdlib.txt", python)


def pythons_with(module: str) -> tuple[tuple[int, int], ...]:
    """Return the minor versions whose standard library has a module, by its dotted name, oldest first.

    >>> pythons_with("tomllib")[0], pythons_with("distutils")[-1], pythons_with("requests")
    ((3, 11), (3, 11), ())
    """
    found = {
        (int(major), int(minor))
        for heading, listed in read_sections((DATA / "stdlib.txt").read_text(encoding="ascii"))
        if module in listed
        for major, _, minor in (version.partition(".") for version in heading.split())
    }
    return tuple(sorted(found))


def python_exports(python: tuple[int, int]) -> frozenset[str] | None:
    """Return the names that the interpreter exports to extension modules, None where nobody could read them."""
    return _words("python_exports.txt", python) or None


def stable_abi() -> Mapping[str, tuple[int, int]]:
    """Return each symbol of the stable ABI with the version that added it.

    >>> stable_abi()["PyModule_GetNameObject"]
    (3, 7)
    """
    added: dict[str, tuple[int, int]] = {}
    for heading, symbols in read_sections((DATA / "stable_abi.txt").read_text(encoding="ascii")):
        major, minor = heading.split(".")
        added.update(dict.fromkeys(symbols, (int(major), int(minor))))
    return added


def _words(file: str, python: tuple[int, int]) -> frozenset[str]:
    version = f"{python[0]}.{python[1]}"
    words: set[str] = set()
    for heading, listed in read_sections((DATA / file).read_text(encoding="ascii")):
        if version in heading.split():
            words.update(listed)
    return frozenset(words)
