"""Layers of real wheels, by hash, and damaged ones made of them."""

from __future__ import annotations

import hashlib
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

WHEELS = Path(__file__).parent / "truth_wheels"


def unpack_set(name: str, work: Path) -> Path:
    """Return the folder of a layer that holds every wheel of a set, below ``python``; made where it isn't there yet."""
    folder = work / "layers" / name
    if not folder.exists():
        half = folder.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        for wheel in download_set(name, work):
            _unpack(wheel, half / "python")
        half.rename(folder)
    return folder


def download_set(name: str, work: Path) -> list[Path]:
    """Return the wheels of a set, each of the right hash."""
    text = (WHEELS / f"{name}.txt").read_text()
    head, *lines = text.splitlines()
    python, abi, platform = head.lstrip("# ").split()
    folder = work / "wheels" / name
    folder.mkdir(parents=True, exist_ok=True)
    there = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in folder.glob("*.whl")}
    missing = [line for line in lines if line.rpartition(":")[2] not in there]
    if missing:
        wanted = folder / "missing.txt"
        wanted.write_text("\n".join(missing))
        words = [
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
            f"--python-version={python}",
            "--implementation=cp",
        ]
        words += [f"--abi={word}" for word in (abi, "abi3", "none")]
        words += [f"--platform={word}" for word in _platforms(platform)]
        pip = [sys.executable, "-m", "pip", "download", *words, "--dest", folder, "--requirement", wanted]
        subprocess.run(pip, check=True)
        wanted.unlink()
        return download_set(name, work)
    return sorted(there[line.rpartition(":")[2]] for line in lines)


def _platforms(newest: str) -> list[str]:
    kind, major, minor, machine = newest.split("_", 3)
    found = [f"{kind}_{major}_{number}_{machine}" for number in range(int(minor), -1, -1)]
    return [
        *found,
        *(
            f"{old}_{machine}"
            for old in ("manylinux2014", "manylinux2010", "manylinux1")
            if kind == "manylinux"
        ),
    ]


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            path = info.filename
            first, _, rest = path.partition("/")
            if first.endswith(".data"):
                kind, _, path = rest.partition("/")
                if kind not in ("purelib", "platlib"):
                    continue
            if path and not path.endswith("/"):
                place = target / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(info))


def damage(source: Path, target: Path) -> None:
    """Make a layer of packages, each with one kind of damage that people's tools do, out of another layer."""
    if target.exists():
        return
    half = target.with_suffix(".part")
    shutil.rmtree(half, ignore_errors=True)
    for kind, work in _DAMAGES.items():
        for package in ("lxml", "yaml", "psycopg2", "h5py", "shapely"):
            # A package folder and the folder of libraries beside it, under names of their own.
            place = half / "python" / f"{kind}_{package}"
            shutil.copytree(source / "python" / package, place / package)
            for libraries in (
                f"{package}.libs",
                f"{package}_binary.libs",
                "Shapely.libs",
                "psycopg2_binary.libs",
            ):
                beside = source / "python" / libraries
                if beside.is_dir() and package in libraries.lower():
                    shutil.copytree(beside, place / libraries, dirs_exist_ok=True)
            work(place)
    half.rename(target)


def _each(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def work(place: Path) -> None:
        for path in _binaries(place):
            path.write_bytes(change(path.read_bytes()))

    return work


def _binaries(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*.so*") if path.read_bytes()[:4] == b"\x7fELF")


def _strip(place: Path) -> None:
    for path in _binaries(place):
        subprocess.run(["strip", "--strip-all", path], check=False, stderr=subprocess.DEVNULL)


def _drop_libraries(place: Path) -> None:
    for folder in place.glob("*.libs"):
        shutil.rmtree(folder)


def _rename_libraries(place: Path) -> None:
    for path in place.glob("*.libs/*"):
        path.rename(path.with_name(f"x{path.name}"))


def _machine(data: bytes) -> bytes:
    return data[:18] + struct.pack("<H", 183 if data[18] == 62 else 62) + data[20:]


def _stack(data: bytes) -> bytes:
    """Set the executable bit of PT_GNU_STACK."""
    changed = bytearray(data)
    start, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    for at in range(start, start + size * count, size):
        if struct.unpack_from("<I", data, at)[0] == 0x6474E551:
            struct.pack_into("<I", changed, at + 4, 7)
    return bytes(changed)


def _without_sections(data: bytes) -> bytes:
    """Cut off what follows the last segment: no loader reads it."""
    start, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    ends = [
        sum(struct.unpack_from("<Q16xQ", data, at + 8))
        for at in range(start, start + size * count, size)
        if struct.unpack_from("<I", data, at)[0] == 1
    ]
    return data[: max(ends)]


_DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut": _each(lambda data: data[: len(data) // 3]),
    "cut_late": _each(_without_sections),
    "empty": _each(lambda _: b""),
    "pointer": _each(
        lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
    ),
    "newlines": _each(lambda data: data.replace(b"\n", b"\r\n")),
    "machine": _each(_machine),
    "stack": _each(_stack),
    "stripped": _strip,
    "no_libraries": _drop_libraries,
    "renamed_libraries": _rename_libraries,
}
