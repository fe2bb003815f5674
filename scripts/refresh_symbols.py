"""Write the symbol lists of glibc, gcc's libraries and zlib for Lambda's systems, derived from Debian's builds.

A symbol version, once released, keeps its symbols for ever. So what a newer build of the same library defines under
a version that Amazon Linux's build has, is there too, on the same architecture. glibc comes twice, since 2.34 moved
the symbols of libpthread, libdl and others into libc.

    .venv/bin/python scripts/refresh_symbols.py [--work FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import lief

from debian import unpack
from layerwright.targets.entry import DATA
from layerwright.targets.sections import write_sections
from layerwright.targets.symbols import UNVERSIONED
from layerwright.targets.version import within

DEBIAN = {"x86_64": "amd64", "arm64": "arm64"}
GLIBC = [
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libBrokenLocale.so.1",
    "libanl.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libmvec.so.1",
    "libnsl.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libthread_db.so.1",
    "libutil.so.1",
]
GCC = ["libstdc++.so.6", "libgcc_s.so.1"]

# Name of the list, suite and package that it is from, what it covers, and the newest versions that it keeps.
LISTS = (
    ("glibc-2.26", "bullseye", ["libc6"], GLIBC, {"GLIBC": "2.26"}),
    (
        "glibc-2.34",
        "bookworm",
        ["libc6"],
        [name for name in GLIBC if name != "libnsl.so.1"],
        {"GLIBC": "2.34"},
    ),
    (
        "gcc",
        "trixie",
        ["libstdc++6", "libgcc-s1"],
        GCC,
        {"GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0"},
    ),
    ("zlib", "bullseye", ["zlib1g"], ["libz.so.1"], {"ZLIB": "1.2.9"}),
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
        for name, suite, packages, sonames, ceiling in LISTS:
            found = {}
            for ours, theirs in DEBIAN.items():
                root = unpack(packages, suite=suite, architecture=theirs, work=arguments.work or Path(folder))
                found[ours] = dict(sections(root, sonames, ceiling))
            versions = ", ".join(f"{prefix}_{version}" for prefix, version in ceiling.items())
            write(
                name,
                found,
                f"Derived from Debian {suite}'s {' and '.join(packages)}: what is defined up to {versions}.",
            )


def sections(root: Path, sonames: list[str], ceiling: dict[str, str]) -> Iterator[tuple[str, set[str]]]:
    """The sections of every library of ``sonames`` below ``root``, headed by soname and version, or soname and ``needed``."""
    for soname in sonames:
        paths = [path for path in root.rglob(soname) if path.is_file()]
        if not paths:
            continue
        binary = lief.ELF.parse(str(paths[0]))
        assert binary is not None
        yield f"{soname} needed", set(binary.libraries)
        by_version = defaultdict(set)
        for name, version in exports(binary):
            if version != "GLIBC_PRIVATE" and (
                version == UNVERSIONED or within(version.removeprefix("~"), ceiling)
            ):
                by_version[version].add(name)
        for definition in versions(binary):
            if within(definition, ceiling):
                by_version.setdefault(definition, set())
        for version, names in sorted(by_version.items()):
            yield f"{soname} {version}", names


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
        if not symbol.name or not symbol.exported:
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
    shared = {key: words for key, words in first.items() if all(other.get(key) == words for other in others)}
    shared |= {
        key: set.intersection(words, *(other[key] for other in others))
        for key, words in first.items()
        if key not in shared and all(key in other for other in others)
    }
    shared = {key: words for key, words in shared.items() if words or key not in found}
    (folder / f"{name}.txt").write_text(write_sections(shared, comment=comment))
    for architecture, listed in found.items():
        own = {
            key: words - shared.get(key, set()) for key, words in listed.items() if words != shared.get(key)
        }
        (folder / f"{name}.{architecture}.txt").write_text(write_sections(own, comment=comment))


if __name__ == "__main__":
    main()
