"""The groups of a bench: which commands take turns, and the bars among them."""

from __future__ import annotations

import shutil
from typing import Final

from bench.cases import Bar, BenchSet, Command, Group, MemoryBar, Term
from bench.commands import (
    CAT,
    COMPILE,
    START,
    UNZIP,
    build,
    build_all,
    cat,
    python_start,
    unzip_test,
    uv_compile,
    uv_install,
)
from bench.commands import check as check_command
from bench.measure import run
from bench.peers import Peers, audit_command, peer_commands
from bench.workspace import Workspace

_BUILD: Final = "layerwright"
_UNLOCKED: Final = "layerwright, no lock"
_UNCHANGED: Final = "layerwright, nothing changed"
_UV: Final = "uv + zip"
_UV_UNLOCKED: Final = "uv + zip, no lock"
_COPIED: Final = (Term(times=1.6, command=CAT), Term(times=1, command=START))


def warm(workspace: Workspace, case: BenchSet, *, runs: int) -> Group:
    """A warm store: with a lock, without one, and with nothing to do; beside what bounds them."""
    return Group(
        title=f"{case.name} set, warm store",
        commands=(
            python_start(workspace),
            cat(workspace, case),
            build(workspace, case, name=_BUILD, locked=True),
            build(workspace, case, name=_UNCHANGED, locked=True, anew=False),
            uv_compile(workspace, case),
            build(workspace, case, name=_UNLOCKED, locked=False),
        ),
        runs=runs,
        bars=(
            Bar(title="lock given, checked and written", measured=_BUILD, limit=_COPIED),
            Bar(
                title="no lock",
                measured=_UNLOCKED,
                limit=(Term(times=1.3, command=COMPILE), Term(times=1, command=_BUILD)),
            ),
            Bar(title="nothing changed", measured=_UNCHANGED, limit=(Term(times=4, command=START),)),
        ),
        baseline=_BUILD,
    )


def against_uv(workspace: Workspace, case: BenchSet, *, runs: int) -> Group:
    """A warm store and a lock, beside uv and zip with a warm cache."""
    return Group(
        title=f"{case.name} set, warm, lock given, beside uv + zip",
        commands=(
            _done_before(build(workspace, case, name=_BUILD, locked=True)),
            uv_install(workspace, case, name=_UV, locked=True, zipped=True),
        ),
        runs=runs,
        bars=(Bar(title="40 times faster", measured=_BUILD, limit=(Term(times=1 / 40, command=_UV),)),),
        baseline=_BUILD,
        warm_ups=0,
    )


def cold(workspace: Workspace, case: BenchSet, *, runs: int, memory_bytes: int) -> Group:
    """An empty store, beside an installation by uv with an empty cache."""
    ours, theirs = "layerwright, cold", "uv pip install, cold"
    ours_unlocked, theirs_unlocked = f"{ours}, no lock", f"{theirs}, no lock"
    return Group(
        title=f"{case.name} set, cold store",
        commands=(
            build(workspace, case, name=ours, locked=True, cold=True),
            uv_install(workspace, case, name=theirs, locked=True, cold=True),
            build(workspace, case, name=ours_unlocked, locked=False, cold=True),
            uv_install(workspace, case, name=theirs_unlocked, locked=False, cold=True),
        ),
        runs=runs,
        bars=(
            Bar(title="lock given", measured=ours, limit=(Term(times=1.15, command=theirs),)),
            Bar(title="no lock", measured=ours_unlocked, limit=(Term(times=1.15, command=theirs_unlocked),)),
        ),
        memory_bars=(MemoryBar(title="peak memory", measured=ours, limit_bytes=memory_bytes),),
        baseline=ours,
        warm_ups=0,
    )


def check(workspace: Workspace, case: BenchSet, peers: Peers, *, runs: int) -> Group:
    """A zip that another tool made: judged for the first time, and again; beside what tests it, and its wheels."""
    foreign = workspace.foreign_zip(case)
    if not foreign.exists():
        made = uv_install(workspace, case, name=_UV, locked=True, zipped=True)
        run(made)
        shutil.move(made.folder / "layer.zip", foreign)
    first, again = "layerwright check", "layerwright check, again"
    audit = audit_command(workspace, case, peers)
    return Group(
        title=f"{case.name} set, check of a zip made by uv + zip",
        commands=(
            python_start(workspace),
            unzip_test(workspace, case),
            check_command(workspace, case, name=first, cold=True),
            check_command(workspace, case, name=again, cold=False),
            *([audit] if audit else []),
        ),
        runs=runs,
        bars=(
            Bar(title="for the first time", measured=first, limit=(Term(times=0.5, command=UNZIP),)),
            Bar(title="again", measured=again, limit=(Term(times=6, command=START),)),
        ),
        baseline=first,
    )


def targets(workspace: Workspace, case: BenchSet, *, runs: int) -> Group:
    """Every target of a set in one command, with a warm store and locks."""
    name = f"layerwright, {len(case.targets)} targets"
    return Group(
        title=f"{case.name} set, {len(case.targets)} targets in one command, warm, locks given",
        commands=(python_start(workspace), cat(workspace, case), build_all(workspace, case, name=name)),
        runs=runs,
        bars=(Bar(title="all written", measured=name, limit=_COPIED),),
        baseline=name,
    )


def memory(workspace: Workspace, case: BenchSet, *, memory_bytes: int) -> Group:
    """The peak of a set whose layer is near Lambda's limit, from an empty store and from a warm one."""
    empty, full = "layerwright, cold", _BUILD
    return Group(
        title=f"{case.name} set, peak memory",
        commands=(
            build(workspace, case, name=empty, locked=True, cold=True),
            _done_before(build(workspace, case, name=full, locked=True)),
        ),
        runs=1,
        memory_bars=(
            MemoryBar(title="cold store", measured=empty, limit_bytes=memory_bytes),
            MemoryBar(title="warm store", measured=full, limit_bytes=memory_bytes),
        ),
        warm_ups=0,
    )


def comparison(workspace: Workspace, case: BenchSet, peers: Peers, *, is_cold: bool, runs: int) -> Group:
    """A set with a lock and without, beside uv with zip, and beside the other tools that are there."""
    commands: list[Command] = []
    for locked, ours, theirs in ((True, _BUILD, _UV), (False, _UNLOCKED, _UV_UNLOCKED)):
        built = build(workspace, case, name=ours, locked=locked, cold=is_cold)
        commands += [
            built if is_cold else _done_before(built),
            uv_install(workspace, case, name=theirs, locked=locked, cold=is_cold, zipped=True),
            *peer_commands(workspace, case, peers, locked=locked, cold=is_cold),
        ]
    return Group(
        title=f"{case.name} on {case.target}, {'cold' if is_cold else 'warm'}",
        commands=tuple(commands),
        runs=runs,
        baseline=_BUILD,
        warm_ups=0,
    )


def _done_before(command: Command) -> Command:
    """Run a command once, and return it: where other tools are too slow for turns that don't count."""
    run(command)
    return command
