"""Write the symbol lists of glibc, gcc's libraries and zlib for Lambda's systems, derived from Debian's builds.

A symbol version, once released, keeps its symbols. So what a newer build of the same library defines under a version
that Amazon Linux's build has, is there too, on the same architecture. glibc comes twice, since 2.34 moved the symbols
of libpthread, libdl and others into libc; libgcc_s comes twice, since gcc 14 added to GCC_3.0.

    .venv/bin/python scripts/refresh_symbols.py [--work FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import lief

from debian import unpack
from layerwright.targets.entry import DATA
from layerwright.targets.sections import write_sections
from layerwright.targets.symbols import UNVERSIONED, sections_within

DEBIAN = {"x86_64": "amd64", "arm64": "arm64"}
SHARED = (lief.ELF.Symbol.BINDING.GLOBAL, lief.ELF.Symbol.BINDING.WEAK, lief.ELF.Symbol.BINDING.GNU_UNIQUE)
GLIBC = (
    *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libBrokenLocale.so.1", "libanl.so.1", "libc.so.6"),
    *("libdl.so.2", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libresolv.so.2", "librt.so.1"),
    *("libthread_db.so.1", "libutil.so.1"),
)


@dataclass(frozen=True, kw_only=True)
class SymbolList:
    """A list to write: the package and suite that it is from, its libraries, the newest versions that it keeps."""

    name: str
    suite: str
    package: str
    sonames: tuple[str, ...]
    ceiling: Mapping[str, str]


LISTS = (
    SymbolList(
        name="glibc-2.26",
        suite="bullseye",
        package="libc6",
        sonames=(*GLIBC, "libnsl.so.1"),
        ceiling={"GLIBC": "2.26"},
    ),
    SymbolList(
        name="glibc-2.34", suite="bookworm", package="libc6", sonames=GLIBC, ceiling={"GLIBC": "2.34"}
    ),
    SymbolList(
        name="libstdc++",
        suite="trixie",
        package="libstdc++6",
        sonames=("libstdc++.so.6",),
        ceiling={"GLIBCXX": "3.4.33", "CXXABI": "1.3.15"},
    ),
    SymbolList(
        name="libgcc-7",
        suite="bullseye",
        package="libgcc-s1",
        sonames=("libgcc_s.so.1",),
        ceiling={"GCC": "7.0.0"},
    ),
    SymbolList(
        name="libgcc-14",
        suite="trixie",
        package="libgcc-s1",
        sonames=("libgcc_s.so.1",),
        ceiling={"GCC": "14.0.0"},
    ),
    SymbolList(
        name="zlib", suite="bullseye", package="zlib1g", sonames=("libz.so.1",), ceiling={"ZLIB": "1.2.9"}
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, help="where packages are kept; a folder that is removed by default"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for listed in LISTS:
            found = {}
            for ours, theirs in DEBIAN.items():
                work = arguments.work or Path(folder)
                root = unpack([listed.package], suite=listed.suite, architecture=theirs, work=work)
                found[ours] = dict(sections(root, listed.sonames, listed.ceiling))
            versions = ", ".join(f"{prefix}_{version}" for prefix, version in listed.ceiling.items())
            source = f"Debian {listed.suite}'s {listed.package}"
            write(listed.name, found, f"Derived from {source}: what is defined up to {versions}.")


def sections(
    root: Path, sonames: tuple[str, ...], ceiling: Mapping[str, str]
) -> Iterator[tuple[str, set[str]]]:
    """The sections of each library of ``sonames`` below ``root``, headed by soname and version, or soname and ``needed``."""
    for soname in sonames:
        paths = [path for path in root.rglob(soname) if path.is_file()]
        if not paths:
            continue
        binary = lief.ELF.parse(paths[0])
        assert binary is not None
        yield f"{soname} needed", {str(library) for library in binary.libraries}
        by_version: dict[str, set[str]] = {version: set() for version in versions(binary)}
        for name, version in exports(binary):
            by_version.setdefault(version, set()).add(name)
        for version, names in sections_within(sorted(by_version.items()), ceiling):
            yield f"{soname} {version}", set(names)


def versions(binary: lief.ELF.Binary) -> Iterator[str]:
    """The versions that a library defines, less its own name."""
    for definition in binary.symbols_version_definition:
        if definition.flags & 1 == 0:
            yield next(iter(definition.auxiliary_symbols)).name


def exports(binary: lief.ELF.Binary) -> Iterator[tuple[str, str]]:
    """Each symbol that a library defines, with its version as a heading: see layerwright.targets.symbols."""
    names = {
        definition.ndx: next(iter(definition.auxiliary_symbols)).name
        for definition in binary.symbols_version_definition
    }
    for symbol in binary.dynamic_symbols:
        # LIEF's own `exported` passes over thread-local symbols.
        if not symbol.name or symbol.shndx == 0 or symbol.binding not in SHARED:
            continue
        number = symbol.symbol_version.value if symbol.symbol_version else 1
        index, hidden = number & 0x7FFF, bool(number & 0x8000)
        if index <= 1:
            yield str(symbol.name), UNVERSIONED
        elif names[index] != symbol.name:  # a version is itself such a symbol
            # A reference without a version also binds to the first version, hidden or not: glibc's elf/dl-lookup.c.
            yield str(symbol.name), f"~{names[index]}" if hidden and index > 2 else names[index]


def write(name: str, found: dict[str, dict[str, set[str]]], comment: str) -> None:
    """Write what the architectures share, and for each what only it has."""
    folder = DATA / "symbols"
    folder.mkdir(exist_ok=True)
    first, *others = found.values()
    shared = {
        key: words.intersection(*(other[key] for other in others))
        for key, words in first.items()
        if all(key in other for other in others)
    }
    (folder / f"{name}.txt").write_text(write_sections(shared, comment=comment))
    for architecture, listed in found.items():
        own = {key: words - shared.get(key, set()) for key, words in listed.items()}
        own = {key: words for key, words in own.items() if words or key not in shared}
        (folder / f"{name}.{architecture}.txt").write_text(write_sections(own, comment=comment))


if __name__ == "__main__":
    main()
