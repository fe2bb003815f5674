"""A build that was done once, kept so that it can be done again by copying: the archive's plan and what was found.

A recipe is kept in the store under a key made of everything that the result depends on: the bytes of the lock, the target
with what is known of it, the options, the day (a runtime's dates pass) and our own version. It holds no bytes of any wheel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from layerwright.layer.plan import ArchivePlan, Range
from layerwright.wheels.stored import DerivedKind

if TYPE_CHECKING:
    from pathlib import Path

    from layerwright.wheels.store import Store

RECIPE: Final = DerivedKind("recipe", 2)


class Recipe(NamedTuple):
    """The plan of a zip, the zip's sha256, and ``summary``: what the build printed about it, as JSON has it."""

    plan: ArchivePlan
    sha256: str
    summary: Mapping[str, Any]


def recipe_key(lock: bytes, *, target_digest: str, options: Mapping[str, object]) -> str:
    """Return the key under which a build is kept; ``options`` are all that change its bytes or findings."""
    import hashlib

    from layerwright.own_code import code_state

    words = json.dumps(
        [code_state(), hashlib.sha256(lock).hexdigest(), target_digest, options], sort_keys=True
    )
    return hashlib.sha256(words.encode()).hexdigest()


def load_recipe(key: str, store: Store) -> Recipe | None:
    """Return the build kept under a key, None where there is none or a file that it copies from is gone or changed."""
    data = store.derived(RECIPE, key)
    return None if data is None else read_recipe(data, store.path)


def read_recipe(data: bytes, find: Callable[[str], Path | str | None]) -> Recipe | None:
    """Return the recipe that ``keep_recipe`` kept; None where ``find`` has no file for one of the hashes that it copies from."""
    head, _, literals = data.partition(b"\n")
    content = json.loads(head)
    files = [path for sha256 in content["files"] if (path := find(sha256)) is not None]
    if len(files) != len(content["files"]):
        return None
    pieces: list[Range | bytes] = []
    at = 0
    for piece in content["pieces"]:
        if isinstance(piece, int):
            pieces.append(literals[at : at + piece])
            at += piece
        else:
            pieces.append(Range(*piece))
    plan = ArchivePlan(files=tuple(files), pieces=tuple(pieces), zipped_bytes=content["zipped_bytes"])
    return Recipe(plan=plan, sha256=content["sha256"], summary=content["summary"])


def keep_recipe(key: str, recipe: Recipe, store: Store) -> None:
    """Keep a build, unless it copies from files outside the store."""
    from pathlib import Path

    files = [Path(file) for file in recipe.plan.files]
    if any(file.parent.parent != store.root / "files" for file in files):
        return
    content = {
        "files": [file.name for file in files],
        "pieces": [len(piece) if isinstance(piece, bytes) else piece for piece in recipe.plan.pieces],
        "zipped_bytes": recipe.plan.zipped_bytes,
        "sha256": recipe.sha256,
        "summary": dict(recipe.summary),
    }
    literals = b"".join(piece for piece in recipe.plan.pieces if isinstance(piece, bytes))
    store.keep_derived(RECIPE, key, json.dumps(content, separators=(",", ":")).encode() + b"\n" + literals)
