"""Hold the simulated loader against real ones: import every extension of real wheels in real root filesystems, and compare.

    make truth                      # or: .venv/bin/python scripts/truth.py [--work FOLDER] [--only ROOT/SET]

Each root is described by ``layerwright inventory``; what the simulation then says of each file is compared with what happens: whether
the root's own Python imports the module, in a process that has imported its parents and nothing else. Where the import fails for reasons of
its own (a package that isn't there), whether the loader opens the file alone decides. Prints a table and each difference;
the exit code is 1 where a failure was missed or one in a hundred files was accused wrongly.

Takes wheels by hash (truth_wheels/), about 8 GB of disk, and some 20 minutes. Needs root, debootstrap, bubblewrap and
qemu-user-static.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from layerwright.binaries.facts import Facts
from layerwright.binaries.inventory import inventory
from layerwright.binaries.loader import simulate
from layerwright.binaries.loading import Loading, Role
from layerwright.binaries.read import looks_binary, named_like_binary, read_binary
from layerwright.binaries.suffixes import parse_extension_name
from layerwright.targets.description import write_description
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import parse_target
from truth_layers import damage, unpack_set
from truth_roots import RootFs, make_roots, run_inside

PLAN = {
    "bullseye-x86_64": (
        "current-x86_64", "old-x86_64", "newer-glibc-x86_64", "musl-x86_64", "python3.8-x86_64", "python3.10-x86_64",
        "python3.13t-x86_64", "damaged-x86_64", "few-aarch64",
    ),
    "bullseye-poorer": ("current-x86_64", "old-x86_64", "newer-glibc-x86_64"),
    "bullseye-arm64": ("current-aarch64", "newer-glibc-x86_64", "damaged-aarch64"),
}  # fmt: skip
DAMAGED = {"damaged-x86_64": "current-x86_64", "damaged-aarch64": "current-aarch64"}
DRIVER = Path(__file__).parent / "truth_driver.py"
FALSE_ALARMS_BAR = 0.01

OPENED = (Role.EXTENSION, Role.NEVER_TRIED, Role.ALONE)
LOADER_WORDS = ("undefined symbol", "cannot open shared object", "not found (required by", "ELF")
LOADS, FAILS, NOT_TRIED, UNTOLD = "loads", "fails", "not tried", "untold"


class Comparison(NamedTuple):
    """One file in one root: what happened, what was said, and the words of both."""

    root: str
    layer: str
    path: str
    real: str
    said: str
    error: str
    message: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, help="where roots and layers are kept; a folder that is removed by default"
    )
    parser.add_argument("--only", action="append", default=[], help="ROOT, or ROOT/SET; all by default")
    arguments = parser.parse_args()
    if arguments.work:
        return compare_all(arguments.work.resolve(), arguments.only)
    with tempfile.TemporaryDirectory() as folder:
        return compare_all(Path(folder), arguments.only)


def compare_all(work: Path, only: list[str]) -> int:
    (work / "layers").mkdir(parents=True, exist_ok=True)
    compared: list[Comparison] = []
    for name, root in make_roots(work).items():
        runtime = described(root, work)
        for layer in PLAN[name]:
            if not only or name in only or f"{name}/{layer}" in only:
                compared += compare(root, runtime, layer, work)
    for one in compared:
        if judged(one) in ("missed", "false alarm"):
            print(
                f"{judged(one)}: {one.root} {one.path}\n    said: {one.said} {one.message}\n    real: {one.real} {one.error}"
            )
    print(table(compared))
    counts = Counter(judged(one) for one in compared)
    loading = sum(1 for one in compared if one.real == LOADS)
    return 1 if counts["missed"] or counts["false alarm"] > loading * FALSE_ALARMS_BAR else 0


def described(root: RootFs, work: Path) -> Runtime:
    """Return the root as a target that a user describes: through the text that ``inventory`` writes."""
    path = work / f"{root.name}.toml"
    runtime = inventory(root.folder, python=(3, 9), architecture=root.architecture, name=root.name)
    path.write_text(write_description(runtime), encoding="utf-8")
    return load_runtime(parse_target(str(path)))


def compare(root: RootFs, runtime: Runtime, layer: str, work: Path) -> Iterator[Comparison]:
    folder = layer_folder(layer, work)
    facts = read_layer(folder)
    loadings = {one.path: one for part in stacks(layer, facts) for one in simulate(part, runtime)}
    results = run_layer(root, layer, folder, loadings, work)
    for path, loading in loadings.items():
        if loading.role in OPENED:
            real, error = happened(path, loading, results.get(path, {}))
            message = "; ".join(problem.message for problem in loading.problems[:2])
            yield Comparison(root.name, layer, path, real, said(loading), error, message)


def stacks(layer: str, facts: Mapping[str, Facts]) -> list[dict[str, Facts]]:
    """The files by the layer that they are: of the damaged ones, each package is one by itself."""
    parts: dict[str, dict[str, Facts]] = {}
    for path, fact in facts.items():
        parts.setdefault(path.split("/")[3] if layer in DAMAGED else "", {})[path] = fact
    return list(parts.values())


def layer_folder(layer: str, work: Path) -> Path:
    if layer in DAMAGED:
        target = work / "layers" / layer
        damage(layer_folder(DAMAGED[layer], work), target)
        return target
    return unpack_set(layer, work)


def read_layer(folder: Path) -> dict[str, Facts]:
    """The facts of a layer's binaries by their path in the process; a layer stands in /opt by itself."""
    found: dict[str, Facts] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            with path.open("rb") as file:
                if named_like_binary(name) or looks_binary(file.read(64)):
                    found[f"/opt/{name}"] = read_binary(path.read_bytes())
    return found


def run_layer(
    root: RootFs, layer: str, folder: Path, loadings: Mapping[str, Loading], work: Path
) -> dict[str, dict[str, dict[str, object]]]:
    """What happened, by path and by kind (``open``, ``import``)."""
    out = work / "results" / f"{root.name}-{layer}.jsonl"
    if not out.exists():
        out.parent.mkdir(exist_ok=True)
        job = {
            "name": f"{root.name}/{layer}",
            "path": "/opt/python",
            "modules": [
                (name, path) for path, one in loadings.items() if (name := module_name(path, one)) is not None
            ],
            "libraries": [
                path
                for path, one in loadings.items()
                if module_name(path, one) is None and one.role in OPENED
            ],
        }
        inside = folder / ".truth"
        inside.mkdir(exist_ok=True)
        (inside / "results.jsonl").unlink(missing_ok=True)
        (inside / "jobs.json").write_text(json.dumps([job]))
        (inside / "driver.py").write_bytes(DRIVER.read_bytes())
        code = run_inside(
            root, folder, "/opt/.truth/driver.py", "/opt/.truth/jobs.json", "/opt/.truth/results.jsonl"
        )
        if code:
            raise SystemExit(f"{root.name}/{layer}: the driver ended with {code}")
        (inside / "results.jsonl").replace(out)
    found: dict[str, dict[str, dict[str, object]]] = {}
    for line in out.read_text().splitlines():
        result = json.loads(line)
        found.setdefault(result["path"], {})[result["kind"]] = result
    return found


def module_name(path: str, loading: Loading) -> str | None:
    if loading.role not in (Role.EXTENSION, Role.NEVER_TRIED):
        return None
    folder, _, name = path.removeprefix("/opt/python/").rpartition("/")
    extension = parse_extension_name(name)
    parts = (
        [*folder.split("/"), extension.module if extension else ""] if folder else [name.partition(".")[0]]
    )
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else None


def said(loading: Loading) -> str:
    if loading.role is Role.NEVER_TRIED:
        return NOT_TRIED
    if loading.fails:
        return FAILS
    if loading.problems:
        return "may fail"
    return UNTOLD if loading.untold else LOADS


def happened(path: str, loading: Loading, results: Mapping[str, Mapping[str, object]]) -> tuple[str, str]:
    """What became of a file, and the error."""
    opened, imported = results.get("open"), results.get("import")
    if imported is not None and imported["ok"] and imported.get("origin") == path:
        return LOADS, ""
    error = str(imported["error"]) if imported is not None else ""
    if loading.role is Role.NEVER_TRIED and path not in error:
        return NOT_TRIED, error
    if path in error and any(words in error for words in LOADER_WORDS):
        return FAILS, error
    if opened is None:
        return UNTOLD, "the driver said nothing"
    if opened["ok"]:
        return LOADS, ""
    return FAILS, f"signal {opened['signal']}" if "signal" in opened else str(opened["error"])


def judged(one: Comparison) -> str:
    """How what was said stands to what happened."""
    if one.real == one.said:
        return "right"
    if one.real in (FAILS, NOT_TRIED):
        return "told as possible" if one.said == "may fail" else "right" if one.said == FAILS else "missed"
    return {FAILS: "false alarm", NOT_TRIED: "false alarm", "may fail": "warned"}.get(one.said, "right")


def table(compared: list[Comparison]) -> str:
    """The counts per root and set, as a table in Markdown."""
    heads = (
        "root",
        "wheels",
        "files",
        "load",
        "fail",
        "not tried",
        "missed",
        "told as possible",
        "false alarms",
        "warned",
    )
    rows = [heads, tuple("---" for _ in heads)]
    keys = list(dict.fromkeys((one.root, one.layer) for one in compared))
    for root, layer in [*keys, ("all", "")]:
        part = [one for one in compared if (one.root, one.layer) == (root, layer) or root == "all"]
        real, how = Counter(one.real for one in part), Counter(judged(one) for one in part)
        alarms = how["false alarm"]
        share = f"{alarms} ({alarms / real[LOADS]:.2%})" if real[LOADS] else str(alarms)
        numbers = (
            len(part),
            real[LOADS],
            real[FAILS],
            real[NOT_TRIED],
            how["missed"],
            how["told as possible"],
        )
        rows.append((root, layer, *map(str, numbers), share, str(how["warned"])))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
