"""The simulated loader says what this system's own says, on small stacks made at random."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories.elves import Undefined, VersionNeed, elf, extension, truncated
from layerwright.binaries.loader import simulate
from layerwright.binaries.loading import Loading, Problem
from layerwright.binaries.read import read_binary
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import parse_target

MACHINE = platform.machine()
NAMES = ("liba.so", "libb.so", "libc.so.9", "libd.so")
FOLDERS = ("one", "two", "pkg")
PATHS = (
    None,
    "$ORIGIN",
    "${ORIGIN}/../two",
    "$ORIGIN/../one:$ORIGIN/../two",
    "/nowhere:$ORIGIN/../pkg",
    "",
    "$ORIGINAL",
)
DEFINED = ("s1", "s1@@V1", "s1@V0", "s2", "s2@@V2", "s3@V1", "s3@@V2")
INCONSISTENT = "Inconsistency detected by ld.so"
OPEN = (
    "import _imp, importlib.machinery as m, sys\n"
    "spec = m.ModuleSpec('probe', m.ExtensionFileLoader('probe', sys.argv[1]), origin=sys.argv[1])\n"
    "try: _imp.create_dynamic(spec)\n"
    "except ImportError as error: print(error)\n"
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or MACHINE not in ("x86_64", "aarch64") or platform.libc_ver()[0] != "glibc",
    reason="needs glibc's loader, on a machine that the factory has code for",
)


def libraries() -> st.SearchStrategy[dict[str, Any]]:
    needs = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
    return needs.flatmap(
        lambda needed: st.fixed_dictionaries(
            {
                "needed": st.just(tuple(needed)),
                "soname": st.sampled_from((None, *NAMES)),
                "rpath": st.sampled_from(PATHS),
                "runpath": st.sampled_from((None, None, *PATHS)),
                "defined": st.lists(
                    st.sampled_from(DEFINED), max_size=3, unique_by=lambda text: text.partition("@@")[0]
                ),
                "undefined": st.lists(undefined(needed), max_size=2, unique_by=lambda one: one.name),
                "version_needs": st.just(()),
                "hash_style": st.sampled_from(("gnu", "sysv", "both")),
            }
        )
    )


def undefined(needed: list[str]) -> st.SearchStrategy[Undefined]:
    names = st.sampled_from(("s1", "s2", "s3"))
    plain = st.builds(Undefined, names, st.none(), st.none(), st.booleans(), st.booleans())
    # Now and then of a library that the file itself doesn't need.
    files = st.sampled_from((*needed, *needed, *needed, *NAMES))
    return plain | st.builds(
        Undefined, names, files, st.sampled_from(("V0", "V1", "V2")), st.booleans(), st.just(True)
    )


STACKS = st.dictionaries(
    st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)), libraries(), min_size=1, max_size=5
)


def runtime(folder: Path) -> Runtime:
    architecture = "x86_64" if MACHINE == "x86_64" else "arm64"
    return replace(
        load_runtime(parse_target(f"python3.11-{architecture}")),
        libraries={},
        complete=True,
        library_path=(f"{folder}/one",),
        system_library_path=(),
        loaded=frozenset(),
        python_exports=frozenset(),
    )


def what_ld_so_says(folder: Path, path: str) -> str:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", OPEN, path],
        env={"LD_LIBRARY_PATH": f"{folder}/one"},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    if run.returncode < 0:
        return "killed"
    if INCONSISTENT in run.stderr:
        return INCONSISTENT
    assert run.returncode == 0, run.stderr
    said = re.sub(
        r"/[a-z]+/\.\./", "/", run.stdout.strip()
    )  # the loader keeps paths as they were put together
    return "" if "does not define module export function" in said else said


def what_we_say(folder: Path, files: dict[str, bytes], path: str) -> Loading:
    facts = {name: read_binary(data) for name, data in files.items()}
    return next(one for one in simulate(facts, runtime(folder)) if one.path == path)


def written(
    folder: Path, stack: dict[tuple[str, str], dict[str, Any]], root: dict[str, Any]
) -> dict[str, bytes]:
    files = {
        f"{folder}/{place}/{name}": elf(machine=MACHINE, **facts) for (place, name), facts in stack.items()
    }
    files[f"{folder}/pkg/_root.abi3.so"] = extension("_root", machine=MACHINE, **root)
    for path, data in files.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(data)
    return files


@settings(max_examples=100, deadline=None)
@given(STACKS, libraries())
def test_the_simulation_agrees_with_ld_so(
    stack: dict[tuple[str, str], dict[str, Any]], root: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "one").mkdir()
        files = written(folder, stack, root)
        path = f"{folder}/pkg/_root.abi3.so"
        said = what_ld_so_says(folder, path)
        loading = what_we_say(folder, files, path)
        messages = [problem.message for problem in loading.problems]
        if said == INCONSISTENT:
            assert any(message.startswith(INCONSISTENT) for message in messages)
        elif said:
            assert said in messages
        else:
            assert messages == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Problem.NOT_ELF),
        (b"short", Problem.NOT_ELF),
        (b"x" * 100, Problem.NOT_ELF),
        (elf(machine="aarch64" if MACHINE == "x86_64" else "x86_64"), Problem.WRONG_MACHINE),
        (elf(bits=32, machine="i386"), Problem.WRONG_CLASS),
        (extension("_root", machine=MACHINE)[:100], Problem.NOT_ELF),
        (extension("_root", machine=MACHINE, type="relocatable"), Problem.UNLOADABLE),
        (extension("_root", machine=MACHINE, type="executable"), Problem.UNLOADABLE),
        (extension("_root", machine=MACHINE, flags_1=0x08000000), Problem.UNLOADABLE),
        (extension("_root", machine=MACHINE, flags_1=0x40), Problem.UNLOADABLE),
    ],
)
def test_files_that_it_refuses_by_themselves(tmp_path: Path, data: bytes, kind: Problem) -> None:
    path = str(tmp_path / "_root.abi3.so")
    Path(path).write_bytes(data)
    (problem,) = what_we_say(tmp_path, {path: data}, path).problems
    assert problem.kind is kind
    assert problem.message == what_ld_so_says(tmp_path, path)


def test_a_truncated_file_kills_the_process(tmp_path: Path) -> None:
    data = truncated(extension("_root", machine=MACHINE), missing=600)
    path = str(tmp_path / "_root.abi3.so")
    Path(path).write_bytes(data)
    assert what_ld_so_says(tmp_path, path) == "killed"
    assert [one.kind for one in what_we_say(tmp_path, {path: data}, path).problems] == [Problem.TRUNCATED]


def test_a_weak_version_is_passed_over(tmp_path: Path) -> None:
    needs = (VersionNeed("liba.so", "V9", weak=True),)
    for symbols, said in ((), ""), ((Undefined("s1", "liba.so", "V9"),), "undefined symbol: s1, version V9"):
        stack = {("one", "liba.so"): {"soname": "liba.so", "defined": ("s1@@V1",)}}
        files = written(
            tmp_path, stack, {"needed": ("liba.so",), "version_needs": needs, "undefined": symbols}
        )
        path = f"{tmp_path}/pkg/_root.abi3.so"
        assert what_ld_so_says(tmp_path, path).endswith(said)
        assert [one.message.endswith(said) for one in what_we_say(tmp_path, files, path).problems] == [True][
            : bool(said)
        ]
