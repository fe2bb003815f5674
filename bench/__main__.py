"""``python -m bench``: measures, and says which bars hold."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import groups, report
from bench.cases import HEAVY, LARGE, MANY, BenchSet, Group, example_sets
from bench.invoke import measure_invoke
from bench.measure import BenchError, take_turns
from bench.peers import Peers, find_peers, install_peers
from bench.verdict import Measured, judge
from bench.workspace import Workspace

_ROOT: Final = Path(__file__).parent.parent
_PARTS: Final = ("warm", "uv", "cold", "targets", "memory", "check", "sets", "invoke")


class Runs(NamedTuple):
    """How many turns of what takes a second, of what takes ten, and of each example set."""

    quick: int
    slow: int
    sets: int


def main() -> int:
    """Measure what the command line asks for; returns 1 where a bar does not hold, 2 where something failed."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="layerwright-bench-") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            measured = _measure(arguments, folder)
        except BenchError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    write = report.as_json if arguments.format == "json" else report.text
    print(write(measured, _machine()))
    return 0 if all(verdict.holds for one in measured for verdict in one.verdicts) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition(": ")[2])
    parser.add_argument(
        "--only", action="append", choices=_PARTS, help="measure this part alone; may be given again"
    )
    parser.add_argument(
        "--runs", type=int, default=9, metavar="N", help="turns where they are quick (default: 9)"
    )
    parser.add_argument(
        "--slow-runs", type=int, default=3, metavar="N", help="turns where they are slow (default: 3)"
    )
    parser.add_argument(
        "--set-runs", type=int, default=1, metavar="N", help="turns of each example set (default: 1)"
    )
    parser.add_argument(
        "--peers", action="store_true", help="install sam, chalice, pex and auditwheel into the folder"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where to work, and what to keep for the next time"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, folder: Path) -> list[Measured]:
    parts = frozenset(arguments.only or _PARTS)
    workspace = Workspace(folder)
    examples = example_sets(_ROOT / "examples")
    for case in _sets(parts, examples):
        _say(f"preparing {case.name}")
        workspace.prepare(case)
    peers = Peers(programs={})
    if parts & {"check", "sets"}:
        peers = install_peers(folder / "peers") if arguments.peers else find_peers()
    runs = Runs(quick=arguments.runs, slow=arguments.slow_runs, sets=arguments.set_runs)
    measured = []
    for group in _groups(parts, workspace, examples, peers, runs):
        _say(f"measuring: {group.title}")
        measured.append(judge(group, take_turns(group.commands, runs=group.runs, warm_ups=group.warm_ups)))
    if "invoke" in parts:
        _say("measuring: invoke")
        measured.append(measure_invoke(folder, rounds=arguments.runs))
    return measured


def _sets(parts: frozenset[str], examples: Sequence[BenchSet]) -> list[BenchSet]:
    """The sets that the parts need."""
    sets = [HEAVY] if parts - {"targets", "memory", "invoke"} else []
    sets += [MANY] if "targets" in parts else []
    sets += [LARGE] if "memory" in parts else []
    return [*sets, *(examples if "sets" in parts else ())]


def _groups(
    parts: frozenset[str], workspace: Workspace, examples: Sequence[BenchSet], peers: Peers, runs: Runs
) -> Iterator[Group]:
    """Give the groups of the parts, one by one; each looks at files that stand only when it is its turn."""
    if "warm" in parts:
        yield groups.warm(workspace, HEAVY, runs=runs.quick)
    if "uv" in parts:
        yield groups.against_uv(workspace, HEAVY, runs=runs.slow)
    if "cold" in parts:
        yield groups.cold(workspace, HEAVY, runs=runs.slow, memory_bytes=150_000_000)
    if "targets" in parts:
        yield groups.targets(workspace, MANY, runs=runs.quick)
    if "memory" in parts:
        yield groups.memory(workspace, LARGE, memory_bytes=200_000_000)
    if "check" in parts:
        yield groups.check(workspace, HEAVY, peers, runs=runs.quick)
    if "sets" in parts:
        for case in (*examples, HEAVY):
            for is_cold in (False, True):
                yield groups.comparison(workspace, case, peers, is_cold=is_cold, runs=runs.sets)


def _machine() -> dict[str, str | int]:
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count() or 1,
        "python": platform.python_version(),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
