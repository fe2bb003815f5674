"""The commands that are timed: Layerwright's, uv with zip, and those that mark the limits."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Final

from bench.cases import BenchSet, Command
from bench.workspace import LAYERWRIGHT, UV, Workspace, emptied

START: Final = "python start"
CAT: Final = "cat"
COMPILE: Final = "uv pip compile"
UNZIP: Final = "unzip -tq"


def python_start(workspace: Workspace) -> Command:
    """The interpreter that runs Layerwright, doing nothing."""
    return Command(
        name=START,
        words=(sys.executable, "-I", "-c", "pass"),
        folder=workspace.folder,
        environment=workspace.environment(),
    )


def cat(workspace: Workspace, case: BenchSet) -> Command:
    """The wheels of all targets of a set, copied into one new file."""
    out = workspace.scratch(case, "cat") / "out"
    paths = shlex.join(str(wheel.path) for wheel in workspace.wheels(case))
    return Command(
        name=CAT,
        words=("sh", "-c", f"cat {paths} > {shlex.quote(str(out))}"),
        folder=workspace.folder,
        environment=workspace.environment(),
        before=emptied(out),
    )


def build(
    workspace: Workspace, case: BenchSet, *, name: str, locked: bool, cold: bool = False, anew: bool = True
) -> Command:
    """A build for the first target; ``anew`` takes the output away before, ``cold`` also store and caches."""
    place = workspace.scratch(case, name.replace(" ", "-").replace(",", ""))
    out, caches = place / "layer.zip", place / "caches"
    caches.mkdir(exist_ok=True)
    given = (
        ("--lock", str(workspace.lock(case, case.target)))
        if locked
        else ("-r", str(workspace.requirements(case)))
    )
    gone = [*([out] if anew else []), *([caches] if cold else [])]
    return Command(
        name=name,
        words=(LAYERWRIGHT, "build", *given, "--target", case.target, "-o", str(out), "--allow-findings"),
        folder=place,
        environment=workspace.environment(caches if cold else None),
        before=emptied(*gone),
    )


def check(workspace: Workspace, case: BenchSet, *, name: str, cold: bool) -> Command:
    """A check of a zip that another tool made; ``cold`` empties the store before."""
    place = workspace.scratch(case, name.replace(" ", "-").replace(",", ""))
    caches = place / "caches"
    caches.mkdir(exist_ok=True)
    return Command(
        name=name,
        words=(LAYERWRIGHT, "check", str(workspace.foreign_zip(case)), "--target", case.target),
        folder=place,
        environment=workspace.environment(caches),
        before=emptied(caches) if cold else None,
    )


def unzip_test(workspace: Workspace, case: BenchSet) -> Command:
    """Info-ZIP's test of the same zip: every member inflated, and its CRC compared."""
    return Command(
        name=UNZIP,
        words=("unzip", "-tq", str(workspace.foreign_zip(case))),
        folder=workspace.folder,
        environment=workspace.environment(),
    )


def build_all(workspace: Workspace, case: BenchSet, *, name: str) -> Command:
    """A build of every target of a set in one command, from its configuration."""
    place = workspace.place(case)
    return Command(
        name=name,
        words=(LAYERWRIGHT, "build", "--allow-findings"),
        folder=place,
        environment=workspace.environment(),
        before=emptied(place / "built"),
    )


def uv_compile(workspace: Workspace, case: BenchSet) -> Command:
    """uv's resolution for the first target, with a warm cache, to standard output."""
    words = (
        UV,
        "pip",
        "compile",
        "--quiet",
        "--format",
        "pylock.toml",
        "--no-header",
        *_uv_target(case.target),
    )
    return Command(
        name=COMPILE,
        words=(*words, str(workspace.requirements(case))),
        folder=workspace.folder,
        environment=workspace.environment(),
    )


def uv_install(
    workspace: Workspace,
    case: BenchSet,
    *,
    name: str,
    locked: bool,
    cold: bool = False,
    zipped: bool = False,
) -> Command:
    """``uv pip install --target`` into a new folder, and ``zip -r`` of it."""
    place = workspace.scratch(case, name.replace(" ", "-").replace(",", ""))
    caches = place / "caches"
    caches.mkdir(exist_ok=True)
    (place / "layer").mkdir(exist_ok=True)
    given = workspace.links(case) if locked else workspace.requirements(case)
    install = (
        UV,
        "pip",
        "install",
        "--quiet",
        "--target",
        "layer/python",
        *_uv_target(case.target, locked=locked),
    )
    words: Sequence[str] = (*install, "-r", str(given))
    if zipped:
        words = ("sh", "-c", f"{shlex.join(words)} && cd layer && zip -q -r ../layer.zip python")
    gone = [place / "layer", place / "layer.zip", *([caches] if cold else [])]
    return Command(
        name=name,
        words=tuple(words),
        folder=place,
        environment=workspace.environment(caches if cold else None),
        before=emptied(*gone),
    )


def _uv_target(target: str, *, locked: bool = False) -> tuple[str, ...]:
    """uv's words for a target. uv knows no glibc 2.26: a lock's wheels are taken as for 2.28, all others as for 2.17."""
    python, _, cpu = target.removeprefix("python").partition("-")
    new = int(python.partition(".")[2]) >= 12
    glibc = "2_34" if new else "2_28" if locked else "2_17"
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[cpu]
    platform = f"{machine}-manylinux_{glibc}"
    words = ("--python-version", python, "--python-platform", platform, "--only-binary", ":all:")
    return (*words, "--no-deps") if locked else words
