"""Our facts equal LIEF's, on the libraries of this system and of the development environment."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import lief
import pytest

from layerwright.binaries.facts import Elf, names
from layerwright.binaries.read import MAGIC, read_binary

_FOLDERS = (Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib/aarch64-linux-gnu"), Path("/usr/lib64"))
_MOST = 150


def libraries() -> list[Path]:
    system = [path for folder in _FOLDERS if folder.is_dir() for path in sorted(folder.glob("*.so*"))]
    chosen = system[:: max(1, len(system) // _MOST)]
    wheels = sorted(Path(sysconfig.get_path("platlib")).rglob("*.so*"))
    found = []
    for path in [*chosen, *wheels]:
        with path.open("rb") as file:
            if file.read(4) == MAGIC and path.stat().st_size < 40 << 20:
                found.append(path)
    return found


def referred(binary: lief.ELF.Binary) -> set[str]:
    """The names of the undefined strong symbols that relocations speak of."""
    return {
        str(entry.symbol.name)
        for entry in binary.relocations
        if entry.has_symbol
        and entry.symbol.shndx == 0
        and entry.symbol.binding == lief.ELF.Symbol.BINDING.GLOBAL
        and entry.symbol.visibility == lief.ELF.Symbol.VISIBILITY.DEFAULT
    }


@pytest.mark.skipif(not libraries(), reason="no ELF files on this system")
def test_the_reader_agrees_with_lief() -> None:
    compared = 0
    for path in libraries():
        facts = read_binary(path.read_bytes())
        binary = lief.ELF.parse(str(path))
        assert isinstance(facts, Elf), (path, facts)
        assert isinstance(binary, lief.ELF.Binary)
        told = {type(entry): entry for entry in binary.dynamic_entries}
        assert facts.needed == tuple(binary.libraries), path
        soname = told.get(lief.ELF.DynamicSharedObject)
        assert facts.soname == (soname.name if soname else None), path
        runpath, rpath = told.get(lief.ELF.DynamicEntryRunPath), told.get(lief.ELF.DynamicEntryRpath)
        assert facts.runpath == (runpath.runpath if runpath else None), path
        assert facts.rpath == (rpath.rpath if rpath else None), path
        needs = {
            (str(need.name), str(version.name))
            for need in binary.symbols_version_requirement
            for version in need.get_auxiliary_symbols()
        }
        assert {(need.soname, need.version) for need in facts.version_needs} == needs, path
        ours = set(names(facts.undefined)).union(*(names(need.symbols) for need in facts.version_needs))
        assert ours == referred(binary), path
        offered = {name.partition("@")[0] for name in names(facts.defined)}
        exported = {str(symbol.name) for symbol in binary.exported_symbols if symbol.name and symbol.value}
        assert exported <= offered, (path, sorted(exported - offered)[:5])
        compared += 1
    assert compared
