"""What the reader says of real ELF bytes, of damaged ones, and of other things under a library's name."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import elves
from factories.elves import Load, Undefined, elf, extension
from layerwright.binaries.facts import Broken, Elf, Foreign, VersionNeed, names
from layerwright.binaries.keep import facts_as_json, facts_from_json
from layerwright.binaries.read import looks_binary, named_like_binary, read_binary


def read(data: bytes) -> Elf:
    facts = read_binary(data)
    assert isinstance(facts, Elf), facts
    return facts


@pytest.mark.parametrize("hash_style", ["gnu", "sysv", "both"])
def test_everything_a_loader_acts_on_is_read(hash_style: str) -> None:
    facts = read(
        elf(
            machine="aarch64",
            soname="liba.so.1",
            needed=("libc.so.6", "libm.so.6"),
            rpath="$ORIGIN/../a.libs",
            runpath="${ORIGIN}",
            undefined=(
                "free",
                Undefined("memcpy", "libc.so.6", "GLIBC_2.14"),
                Undefined("open", "libc.so.6", "GLIBC_2.14"),
                Undefined("maybe", weak=True),
            ),
            defined=("plain", "old@V1", "new@@V2", "old@@V2", "older@V0"),
            version_needs=(elves.VersionNeed("libm.so.6", "GLIBC_2.29", weak=True),),
            hash_style=hash_style,
        )
    )
    assert (facts.bits, facts.little_endian, facts.machine, facts.type) == (64, True, "aarch64", "shared")
    assert facts.soname == "liba.so.1"
    assert facts.needed == ("libc.so.6", "libm.so.6")
    assert (facts.rpath, facts.runpath) == ("$ORIGIN/../a.libs", "${ORIGIN}")
    assert names(facts.undefined) == ["free"]
    assert names(facts.weak) == ["maybe"]
    assert facts.version_needs == (
        VersionNeed("libc.so.6", "GLIBC_2.14", False, "memcpy open"),
        VersionNeed("libm.so.6", "GLIBC_2.29", True, ""),
    )
    assert set(facts.version_definitions) == {"V0", "V1", "V2"}
    assert {"plain", "new@@V2", "old@@V2"} <= set(names(facts.defined))
    assert not facts.truncated
    assert facts.unloadable is facts.misaligned is None


def test_the_oldest_version_answers_a_reference_without_one_even_where_it_is_hidden() -> None:
    facts = read(elf(defined=("hook@V1", "hook@V2")))
    assert names(facts.defined) == ["hook@@V1", "hook@V2"]


def test_a_symbol_that_no_relocation_names_is_not_looked_up() -> None:
    facts = read(elf(undefined=(Undefined("never", referred=False), "always")))
    assert names(facts.undefined) == ["always"]


def test_undefined_symbols_are_found_where_the_hash_table_is_empty() -> None:
    """With nothing to offer, a GNU hash table says nothing of how many symbols there are."""
    facts = read(elf(undefined=("PyList_New", "malloc"), defined=()))
    assert names(facts.undefined) == ["PyList_New", "malloc"]


def test_an_extension_shows_its_entry_point() -> None:
    assert read(extension("pkg._fast", defined=("other",))).init_functions == ("PyInit__fast",)


@pytest.mark.parametrize(("stack", "expected"), [("rw", False), ("rwx", True), (None, True)])
def test_an_executable_stack_is_asked_for_or_the_default(stack: str | None, expected: bool) -> None:
    assert read(elf(stack=stack)).executable_stack is expected


def test_flags_levels_and_interpreter() -> None:
    facts = read(elf(flags=0x10 | 0x4 | 0x2, flags_1=0x800, isa_needed=("x86-64-v2", "x86-64-v3")))
    assert facts.flags == ("no-default-libraries", "static-tls", "symbolic", "text-relocations")
    assert facts.isa_needed == ("x86-64-v2", "x86-64-v3")
    program = read(elf(flags_1=0x08000000, interpreter="/lib64/ld-linux-x86-64.so.2"))
    assert program.type == "executable"
    assert program.interpreter == "/lib64/ld-linux-x86-64.so.2"
    assert program.unloadable == "cannot dynamically load position-independent executable"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (elf(type="executable"), "cannot dynamically load executable"),
        (elf(type="relocatable"), "only ET_DYN and ET_EXEC can be loaded"),
        (elf(flags_1=0x40), "shared object cannot be dlopen()ed"),
    ],
)
def test_what_no_one_can_open_as_a_library(data: bytes, message: str) -> None:
    assert read(data).unloadable == message


@pytest.mark.parametrize(
    ("load", "message"),
    [
        (Load(align=8), "ELF load command alignment not page-aligned"),
        (Load(align=0x200000), "ELF load command address/offset not properly aligned"),
        (Load(align=0x1000), None),
    ],
)
def test_misaligned_segments(load: Load, message: str | None) -> None:
    moved = load._replace(address=0x101000) if load.align == 0x200000 else load
    data = bytearray(elf(load=moved))
    assert read(bytes(data)).misaligned == message


def test_a_truncated_file_is_told_by_its_own_headers() -> None:
    whole = elf(needed=("libc.so.6",))
    facts = read(elves.truncated(whole))
    assert facts.truncated
    assert facts.extent_bytes - facts.size_bytes == 16


def test_a_file_of_another_class_is_named() -> None:
    facts = read(elf(bits=32, machine="i386"))
    assert (facts.bits, facts.machine) == (32, "i386")


@pytest.mark.parametrize(
    ("data", "kind", "machines"),
    [
        (elves.mach_o("arm64"), "mach-o", ("arm64",)),
        (elves.fat_mach_o("x86_64", "arm64"), "mach-o", ("x86_64", "arm64")),
        (elves.portable_executable("x86_64"), "pe", ("x86_64",)),
        (elves.archive(), "archive", ()),
        (elves.lfs_pointer(), "git-lfs-pointer", ()),
        (elves.linker_script(), "linker-script", ()),
        (b"#!/bin/sh\n", "script", ()),
        (b"hello\n", "text", ()),
        (b"PK\x03\x04rest", "zip", ()),
        (b"\0asm\x01\0\0\0", "webassembly", ()),
    ],
)
def test_foreign_files_are_named(data: bytes, kind: str, machines: tuple[str, ...]) -> None:
    facts = read_binary(data)
    assert isinstance(facts, Foreign)
    assert (facts.kind, facts.machines) == (kind, machines)
    assert all(machine in facts.title for machine in machines)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "file too short"),
        (b"\x7fELF", "file too short"),
        (elf()[:40], "file too short"),
        (elf()[:100], "cannot read file data"),
        (b"\x80\x81\0\0" * 30, "invalid ELF header"),
        (b"\x7fELF\x09" + elf()[5:], "invalid ELF header"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41" + b"\0" * 90, "invalid ELF header"),
    ],
)
def test_broken_files_get_the_loader_s_words(data: bytes, message: str) -> None:
    facts = read_binary(data)
    assert isinstance(facts, Broken)
    assert facts.message == message


def test_a_dynamic_section_that_points_nowhere_is_damage() -> None:
    data = bytearray(elf(soname="liba.so"))
    at = data.index(struct.pack("<QQ", 5, 0)[:8], 0x1000)
    data[at + 8 : at + 16] = struct.pack("<Q", 0xFFFF_FFFF_0000)
    facts = read_binary(bytes(data))
    assert isinstance(facts, Broken)
    assert "outside of its segments" in facts.detail


@pytest.mark.parametrize(
    "data", [elf(), elves.mach_o(), elves.fat_mach_o("arm64"), elves.portable_executable()]
)
def test_binaries_are_told_by_their_head(data: bytes) -> None:
    assert looks_binary(data[:64])


@pytest.mark.parametrize(
    "head", [b"", b"MZ is a prefix of a text too, and this is one of them.", b"\xca\xfe\xba\xbe\0\0\0\x41"]
)
def test_other_files_are_not_binaries(head: bytes) -> None:
    assert not looks_binary(head)


def test_names_of_libraries() -> None:
    assert named_like_binary("a/_x.cpython-311-x86_64-linux-gnu.so")
    assert named_like_binary("a.libs/libz-1a2b.so.1.2.11")
    assert not named_like_binary("a.so.d/readme.txt")


@given(st.data())
def test_no_bytes_make_it_fail(data: st.DataObject) -> None:
    whole = bytearray(
        elf(
            soname="liba.so",
            needed=("libc.so.6",),
            undefined=(Undefined("memcpy", "libc.so.6", "GLIBC_2.14"), "free"),
            defined=("a@@V1", "b"),
            isa_needed=("x86-64-v2",),
            hash_style=data.draw(st.sampled_from(["gnu", "sysv", "both"])),
        )
    )
    spots = [*range(64 + 56 * 5), *range(0x400, 0x700), *range(0x1000, len(whole))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.sampled_from(spots))
        patch = data.draw(st.binary(min_size=1, max_size=8))
        whole[at : at + len(patch)] = patch
    facts = read_binary(memoryview(bytes(whole))[: data.draw(st.integers(0, len(whole)))])
    assert facts_from_json(json.loads(json.dumps(facts_as_json(facts)))) == facts


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_told_apart(data: bytes) -> None:
    facts = read_binary(data)
    assert facts_from_json(json.loads(json.dumps(facts_as_json(facts)))) == facts


def test_names_that_hold_spaces_or_control_characters_stay_one_name_each() -> None:
    facts = read(elf(undefined=("a b", "c\nd", "\xe9")))
    assert len(names(facts.undefined)) == 3
    assert facts.undefined.isprintable()
