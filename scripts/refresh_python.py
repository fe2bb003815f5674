"""Write what each minor version of CPython has: standard library modules, exported symbols, and the stable ABI.

It asks real interpreters that are built with --enable-shared, as Lambda's are: those that are given, and Debian's for
the versions in SUITES, whose second opinion adds what a later patch release exports. Modules that only other systems
have, and CPython's own tests, are left out.

    .venv/bin/python scripts/refresh_python.py [--work FOLDER] /root/of/python3.8 /root/of/python3.9 ...
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import abi3info
import lief

from debian import unpack
from layerwright.targets.entry import DATA, entries
from layerwright.targets.sections import write_sections
from refresh_symbols import exports as defined

# Debian's own versions: the minor version, its suite, and the packages that hold it.
SUITES = (
    ("3.9", "bullseye", ["libpython3.9", "libpython3.9-minimal", "libpython3.9-stdlib", "python3.9-minimal"]),
    (
        "3.11",
        "bookworm",
        ["libpython3.11", "libpython3.11-minimal", "libpython3.11-stdlib", "python3.11-minimal"],
    ),
    ("3.13", "sid", ["libpython3.13", "libpython3.13-minimal", "libpython3.13-stdlib", "python3.13-minimal"]),
    ("3.14", "sid", ["libpython3.14", "libpython3.14-minimal", "libpython3.14-stdlib", "python3.14-minimal"]),
    ("3.15", "sid", ["libpython3.15", "libpython3.15-minimal", "libpython3.15-stdlib", "python3.15-minimal"]),
)
NEEDED = {"bullseye": ["libc6", "libexpat1", "zlib1g"], "bookworm": ["libc6", "libexpat1", "zlib1g"]}
NEEDED["sid"] = ["libc6", "libexpat1", "zlib1g", "libzstd1"]
SPLIT = (
    "ensurepip",
    "tkinter",
)  # Debian has these in packages of their own; a newer version gets an older one's modules

OTHER_SYSTEMS = frozenset(
    [
        "_msi",
        "_overlapped",
        "_scproxy",
        "_winapi",
        "_wmi",
        "msilib",
        "msvcrt",
        "nt",
        "winreg",
        "winsound",
        "_ios_support",
    ]
)
NOT_FOR_USERS = re.compile(
    r"_?test|_?xxtest|xxlimited|xxsubtype|_ctypes_test|__.*hello__|_sysconfigdata|sitecustomize|_distutils_system"
    r"|idlelib\.|turtledemo\."
)

SCAN = """
import json, pathlib, sys, sysconfig
import collections, os, typing, xml.parsers.expat  # put modules into sys.modules that are no files

def scan(folder, prefix):
    for path in folder.iterdir():
        name = path.name
        if path.is_dir():
            if (path / "__init__.py").exists() and name not in ("site-packages", "test", "tests", "idle_test"):
                yield prefix + name
                yield from scan(path, prefix + name + ".")
        elif name.endswith(".py"):
            if name != "__init__.py":
                yield prefix + name[:-3]
        elif name.endswith(".so"):
            yield prefix + name.partition(".")[0]

folder = pathlib.Path(sysconfig.get_path("stdlib"))
modules = {*sys.modules, *sys.builtin_module_names, *getattr(sys, "stdlib_module_names", ())}
modules.update(scan(folder, ""))
modules.update(scan(folder / "lib-dynload", ""))
print(json.dumps([list(sys.version_info[:3]), sorted(modules)]))
"""


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A CPython that was asked: where it came from, its minor version, what it has."""

    origin: str
    minor: str
    modules: frozenset[str]
    exports: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "prefixes", nargs="+", type=Path, help="folders with a bin/python3 and lib/libpython3.X.so.1.0"
    )
    parser.add_argument(
        "--work", type=Path, help="where packages are kept; a folder that is removed by default"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = [installed(prefix) for prefix in arguments.prefixes]
        found += debian(arguments.work or Path(folder))
    minors = [".".join(map(str, entry.python)) for entry in entries().values()]
    modules: dict[str, set[str]] = {minor: set() for minor in minors}
    exports: dict[str, set[str]] = {minor: set() for minor in minors}
    for interpreter in found:
        exports[interpreter.minor] |= interpreter.exports
        modules[interpreter.minor] |= interpreter.modules
    for older, newer in itertools.pairwise(minors):
        for name in SPLIT:
            if not any(module.startswith(f"{name}.") for module in modules[newer]):
                modules[newer] |= {module for module in modules[older] if module.startswith(f"{name}.")}
    origins = ", ".join(interpreter.origin for interpreter in found)
    write("stdlib.txt", modules, f"Standard library modules on Linux. Read from {origins}.")
    write("python_exports.txt", exports, f"What libpython exports to extension modules. Read from {origins}.")
    stable = defaultdict(set)
    for symbol, version in stable_abi():
        stable[version].add(symbol)
    comment = (
        "The stable ABI on Linux, by the version that added it. Read from abi3info's copy of stable_abi.toml."
    )
    (DATA / "stable_abi.txt").write_text(
        write_sections(dict(sorted(stable.items(), key=by_number)), comment=comment)
    )


def installed(prefix: Path) -> Interpreter:
    """What the interpreter of a folder has."""
    (library,) = prefix.glob("lib/libpython3.*.so.1.0")
    return ask([str(prefix / "bin/python3")], library, "CPython")


def debian(work: Path) -> Iterator[Interpreter]:
    """What Debian's interpreters have; the exports of both architectures, the modules of x86_64."""
    for minor, suite, packages in SUITES:
        for architecture, triplet in (("amd64", "x86_64-linux-gnu"), ("arm64", "aarch64-linux-gnu")):
            root = unpack(packages + NEEDED[suite], suite=suite, architecture=architecture, work=work)
            library = root / f"usr/lib/{triplet}/libpython{minor}.so.1.0"
            if architecture == "arm64":
                yield Interpreter(
                    origin=f"Debian {suite} {minor} (arm64)",
                    minor=minor,
                    modules=frozenset(),
                    exports=exported(library),
                )
                continue
            loader = next(path for path in root.rglob("ld-linux-x86-64.so.2") if path.is_file())
            folders = f"{root}/lib/{triplet}:{root}/usr/lib/{triplet}"
            command = [str(loader), "--library-path", folders, str(root / f"usr/bin/python{minor}")]
            yield ask(command, library, f"Debian {suite}")


def ask(command: list[str], library: Path, origin: str) -> Interpreter:
    answer = subprocess.run(
        [*command, "-I", "-S", "-c", SCAN], check=True, capture_output=True, text=True
    ).stdout
    version, modules = json.loads(answer)
    kept = {
        name
        for name in modules
        if name.partition(".")[0] not in OTHER_SYSTEMS and not NOT_FOR_USERS.match(name)
    }
    return Interpreter(
        origin=f"{origin} {'.'.join(map(str, version))}",
        minor=f"{version[0]}.{version[1]}",
        modules=frozenset(kept),
        exports=exported(library),
    )


def exported(library: Path) -> frozenset[str]:
    """The names of Python's own that a libpython exports."""
    binary = lief.ELF.parse(str(library))
    assert binary is not None
    return frozenset(name for name, _ in defined(binary) if re.match(r"_?Py(?!Init_)", name))


def stable_abi() -> Iterator[tuple[str, str]]:
    """Each symbol of the stable ABI that a release build on Linux has, with the version that added it."""
    for symbol, item in [*abi3info.FUNCTIONS.items(), *abi3info.DATAS.items()]:
        if item.ifdef is None or item.ifdef.name in ("HAVE_FORK", "PY_HAVE_THREAD_NATIVE_ID"):
            yield symbol.name, f"{item.added.major}.{item.added.minor}"


def write(name: str, by_minor: dict[str, set[str]], comment: str) -> None:
    """Write words under headings that name the minor versions that have them."""
    having = defaultdict(list)
    for minor, words in by_minor.items():
        for word in words:
            having[word].append(minor)
    sections = defaultdict(set)
    for word, minors in having.items():
        sections[" ".join(minors)].add(word)
    (DATA / name).write_text(write_sections(dict(sorted(sections.items(), key=by_number)), comment=comment))


def by_number(item: tuple[str, object]) -> list[list[int]]:
    return [[int(part) for part in minor.split(".")] for minor in item[0].split()]


if __name__ == "__main__":
    main()
