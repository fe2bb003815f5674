"""Root filesystems made of a few real files, described as runtimes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from factories.elves import Undefined, elf, extension
from layerwright.binaries.inventory import inventory
from layerwright.binaries.ld_so import default_folders, read_cache
from layerwright.binaries.loader import simulate
from layerwright.binaries.read import read_binary
from layerwright.binaries.root import Root
from layerwright.errors import UsageError
from layerwright.targets.description import read_description, write_description
from layerwright.targets.runtime import Runtime, Tier

LIBC = elf(soname="libc.so.6", defined=("memcpy@@GLIBC_2.14", "free@@GLIBC_2.2.5")) + (
    b"GNU C Library (Debian GLIBC 2.31-13) stable release version 2.31.\n"
)
LOADER = elf(soname="ld-linux-x86-64.so.2") + b"/lib/multi/\0/usr/lib/multi/\0/lib/\0/usr/lib/\0"
PROGRAM = {"flags_1": 0x08000000, "interpreter": "/lib64/ld-linux-x86-64.so.2"}


def python(**facts: object) -> bytes:
    names = ("PyList_New", "PyInit__io", "PyInit_posix")
    return elf(needed=("libc.so.6", "libz.so.1"), defined=names, **PROGRAM, **facts)  # type: ignore[arg-type]


def make(root: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make(
        tmp_path,
        {
            "usr/bin/python3.9": python(),
            "usr/lib64/ld-linux-x86-64.so.2": LOADER,
            "usr/lib/multi/libc-2.31.so": LIBC,
            "usr/lib/multi/libz.so.1.2": elf(soname="libz.so.1", defined=("deflate",)),
            "usr/lib/multi/libx.so": b"/* GNU ld script */",
            "usr/lib/multi/libother.so.1": elf(machine="aarch64"),
            "usr/lib/multi/libprivate.so.1": elf(needed=("libhidden.so",), runpath="/usr/lib/private"),
            "usr/lib/private/libhidden.so": elf(needed=("libc.so.6",)),
            "usr/lib/python3.9/json/__init__.py": b"",
            "usr/lib/python3.9/typing.py": b"",
            "usr/lib/python3.9/lib-dynload/_ssl.cpython-39-x86_64-linux-gnu.so": b"",
            "usr/lib/python3/dist-packages/six-1.16.0.egg-info/top_level.txt": b"six\n",
            "usr/local/lib/python3.9/dist-packages/Foo_Bar-2.dist-info/RECORD": b"foo/__init__.py,,\nbar.py,,\n",
            "etc/os-release": b'ID=debian\nPRETTY_NAME="Debian 11"\n',
        },
    )
    for name, goal in (("lib", "usr/lib"), ("lib64", "/usr/lib64"), ("bin", "usr/bin")):
        (tmp_path / name).symlink_to(goal)
    (tmp_path / "usr/lib/multi/libc.so.6").symlink_to("libc-2.31.so")
    (tmp_path / "usr/lib/multi/libz.so.1").symlink_to("/lib/multi/libz.so.1.2")
    return tmp_path


def described(root: Path) -> Runtime:
    return inventory(root, python=(3, 9), architecture="x86_64", name="mine")


def test_libraries_are_listed_as_the_loader_finds_them(root: Path) -> None:
    runtime = described(root)
    assert runtime.complete
    assert runtime.tier("libgone.so") is Tier.ABSENT
    assert runtime.system_library_path == ("/lib/multi", "/lib64")
    assert runtime.libraries["libc.so.6"].path == "/lib/multi/libc.so.6"
    assert runtime.libraries["libc.so.6"].versions == {"GLIBC_2.14", "GLIBC_2.2.5"}
    assert runtime.libraries["libc.so.6"].exports == {
        *("memcpy", "memcpy@GLIBC_2.14", "free", "free@GLIBC_2.2.5"),
    }
    assert "libx.so" not in runtime.libraries, "a linker script"
    assert "libother.so.1" not in runtime.libraries, "of another machine"
    assert runtime.target.glibc == (2, 31)
    assert runtime.symbol_floor["GLIBC"] == "2.14"


def test_what_the_interpreter_holds_and_gives(root: Path) -> None:
    runtime = described(root)
    assert runtime.interpreter == "/usr/bin/python3.9"
    assert runtime.loaded == {"libc.so.6", "libz.so.1"}
    assert runtime.python_exports == {"PyList_New", "PyInit__io", "PyInit_posix"}
    assert {"json", "json.decoder", "typing", "_ssl", "posix", "sys"} <= runtime.stdlib_modules
    assert "tkinter" not in runtime.stdlib_modules
    packages = [(package.name, package.version, package.modules) for package in runtime.bundled]
    assert packages == [("Foo_Bar", "2", ("bar", "foo")), ("six", "1.16.0", ("six",))]
    assert (runtime.system, runtime.title) == ("debian", "Debian 11")
    assert "/opt/python" in runtime.sys_path


def test_a_library_of_a_private_folder_is_listed_by_its_path(root: Path) -> None:
    runtime = described(root)
    assert runtime.libraries["libprivate.so.1"].needed == ("/usr/lib/private/libhidden.so",)
    module = extension("_x", needed=("libprivate.so.1",))
    (loading,) = simulate({"/opt/python/_x.abi3.so": read_binary(module)}, runtime)
    assert loading.problems == ()
    (root / "usr/lib/private/libhidden.so").unlink()
    (loading,) = simulate({"/opt/python/_x.abi3.so": read_binary(module)}, described(root))
    assert [problem.soname for problem in loading.problems] == ["libhidden.so"]


def test_a_description_reads_as_it_was_written(root: Path, tmp_path: Path) -> None:
    runtime = described(root)
    path = tmp_path / "mine.toml"
    path.write_text(write_description(runtime), encoding="utf-8")
    read = read_description(path)
    assert read.libraries == runtime.libraries
    assert (read.loaded, read.python_exports) == (runtime.loaded, runtime.python_exports)


def test_a_shared_interpreter_gives_its_library_s_symbols(root: Path) -> None:
    make(
        root,
        {
            "usr/bin/python3.9": elf(needed=("libpython3.9.so.1.0",), runpath="$ORIGIN/../lib/py", **PROGRAM),  # type: ignore[arg-type]
            "usr/lib/multi/libpython3.9.so.1.0": elf(
                soname="libpython3.9.so.1.0", needed=("libc.so.6",), defined=("PyDict_New",)
            ),
        },
    )
    runtime = described(root)
    assert runtime.loaded == {"libpython3.9.so.1.0", "libc.so.6"}
    assert runtime.python_exports == {"PyDict_New"}


def cache(*entries: tuple[str, str, int]) -> bytes:
    strings = b""
    table = b""
    at = 48 + 24 * len(entries)
    for name, path, flags in entries:
        table += struct.pack("<iIIIQ", flags, at + len(strings), at + len(strings) + len(name) + 1, 0, 0)
        strings += f"{name}\0{path}\0".encode()
    head = b"glibc-ld.so.cache1.1" + struct.pack("<II", len(entries), len(strings))
    return head.ljust(48, b"\0") + table + strings


def test_the_cache_leads_to_folders_of_its_own(root: Path) -> None:
    make(root, {"opt/lib/libfar.so.1": elf(), "opt/lib/libunlisted.so.1": elf()})
    entries = ("libfar.so.1", "/opt/lib/libfar.so.1", 0x0303), ("libarm.so", "/opt/lib/libfar.so.1", 0x0A03)
    for data in (cache(*entries), b"ld.so-1.7.0\0\0\0\0" + cache(*entries)):
        (root / "etc/ld.so.cache").write_bytes(data)
        runtime = described(root)
        assert runtime.libraries["libfar.so.1"].path == "/opt/lib/libfar.so.1"
        assert "libunlisted.so.1" not in runtime.libraries
        assert "libarm.so" not in runtime.libraries


@pytest.mark.parametrize(
    "data", [b"", b"junk", cache(("a", "b", 0x0303))[:60], b"glibc-ld.so.cache1.1" + b"\xff" * 40]
)
def test_a_cache_that_makes_no_sense_is_passed_over(root: Path, data: bytes) -> None:
    (root / "etc/ld.so.cache").write_bytes(data)
    assert read_cache(Root(root), "x86_64") == ()


def test_folders_compiled_into_the_loader(root: Path) -> None:
    assert default_folders(Root(root), "x86_64") == ("/lib/multi", "/usr/lib/multi", "/lib", "/usr/lib")
    assert default_folders(Root(root), "aarch64")[0] == "/lib/aarch64-linux-gnu"


def test_links_never_lead_out_of_the_root(root: Path) -> None:
    outside = root.parent / "secret"
    outside.write_bytes(b"secret")
    (root / "etc/up").symlink_to("../../../../../../secret")
    (root / "etc/absolute").symlink_to(outside)
    (root / "etc/loop").symlink_to("loop")
    files = Root(root)
    assert [files.read(f"/etc/{name}") for name in ("up", "absolute", "loop")] == [None, None, None]
    assert files.read("/lib64/../lib64/ld-linux-x86-64.so.2") == LOADER


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"python": (3, 8)}, "has no Python 3.8"),
        ({"architecture": "arm64"}, "is built for x86_64, expected aarch64"),
        ({"architecture": "mips"}, "architecture is 'mips'"),
    ],
)
def test_what_a_root_has_not(root: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        inventory(root, **{"python": (3, 9), "architecture": "x86_64", **changes})  # type: ignore[arg-type]


def test_a_root_without_glibc(root: Path) -> None:
    (root / "usr/lib/multi/libc.so.6").unlink()
    with pytest.raises(UsageError, match=r"no libc\.so\.6"):
        described(root)


def test_lambda_s_own_images_search_as_lambda_does(root: Path) -> None:
    make(root, {"var/lang/bin/python3.9": python(), "var/runtime/bootstrap": b"#!/bin/bash\n"})
    runtime = described(root)
    assert runtime.interpreter == "/var/lang/bin/python3.9"
    assert runtime.library_path[0] == "/var/lang/lib"
    symbol = extension(
        "_x", needed=("libc.so.6",), undefined=(Undefined("memcpy", "libc.so.6", "GLIBC_2.14"),)
    )
    (loading,) = simulate({"/opt/python/_x.abi3.so": read_binary(symbol)}, runtime)
    assert loading.problems == ()
