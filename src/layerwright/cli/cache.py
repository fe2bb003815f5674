"""``layerwright cache``: the store: what it holds, whether it is sound, and how it is emptied."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Final

from layerwright.cli.console import Console
from layerwright.cli.progress import progress_on
from layerwright.report.build_text import size_text
from layerwright.report.table import table_text
from layerwright.wheels.store import Store
from layerwright.wheels.upkeep import Holding, clean_store, store_info, verify_store

EXAMPLES: Final = """\
examples:
  layerwright cache                      # what the store holds, and where it is
  layerwright cache verify               # read everything, drop what is corrupt
  layerwright cache clean --unused 30    # drop what was not used for 30 days
"""
_CORRUPT: Final = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", nargs="?", choices=("info", "clean", "verify"), default="info")
    parser.add_argument(
        "--unused", type=float, metavar="DAYS", help="with clean: only what was not used for so long"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Show, clean or verify; returns 5 where something corrupt could not be removed."""
    store = Store()
    match arguments.action:
        case "clean":
            gone = clean_store(store, unused_days=arguments.unused)
            _print(
                arguments, console, {"removed": gone._asdict()}, f"removed {_held(gone)} from {store.root}"
            )
            return 0
        case "verify":
            return _verify(store, arguments, console)
        case _:
            _info(store, arguments, console)
            return 0


def _info(store: Store, arguments: argparse.Namespace, console: Console) -> None:
    info = store_info(store)
    kinds = [("files", info.files), *info.derived, ("on their way in", info.temporary)]
    rows = [(kind, str(held.files), size_text(held.size_bytes)) for kind, held in kinds]
    table = table_text(("what", "files", "size"), rows, right=frozenset({1, 2}))
    content = {"root": str(info.root), "holdings": {kind: held._asdict() for kind, held in kinds}}
    _print(arguments, console, content, f"{info.root}\n{table}")


def _verify(store: Store, arguments: argparse.Namespace, console: Console) -> int:
    with progress_on(console) as progress:
        verified = verify_store(store, progress=progress)
    lines = [f"read {_held(verified.checked)} in {store.root}"]
    lines += [f"dropped, corrupt: {name}" for name in verified.dropped]
    lines += [f"corrupt, and can't be removed: {name}" for name in verified.kept_damaged]
    if not (verified.dropped or verified.kept_damaged):
        lines.append("all sound")
    content = {
        "checked": verified.checked._asdict(),
        "dropped": list(verified.dropped),
        "kept_damaged": list(verified.kept_damaged),
    }
    _print(arguments, console, content, "\n".join(lines))
    return _CORRUPT if verified.kept_damaged else 0


def _held(holding: Holding) -> str:
    return f"{holding.files} files, {size_text(holding.size_bytes)}"


def _print(arguments: argparse.Namespace, console: Console, content: Mapping[str, object], text: str) -> None:
    as_json = arguments.format == "json"
    console.result(json.dumps({"schema_version": 1, **content}, indent=2) if as_json else text)
