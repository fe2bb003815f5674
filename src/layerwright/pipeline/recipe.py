"""A build that was done once, kept so that it can be done again by copying: the archive's plan and what was found.

A recipe is kept in the store under a key made of everything that the result depends on: the bytes of the lock, the target
with what is known of it, the options, the day (a runtime's dates pass) and our own version. It holds no bytes of any wheel.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from layerwright._version import __version__
from layerwright.layer.archive import ArchivePlan, Range
from layerwright.wheels.store import DerivedKind, Store

_RECIPE: Final = DerivedKind("recipe", 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The plan of a zip, the zip's sha256, and ``summary``: what the build printed about it, as JSON has it."""

    plan: ArchivePlan
    sha256: str
    summary: Mapping[str, Any]


def recipe_key(lock: bytes, *, target_digest: str, options: Mapping[str, object]) -> str:
    """Return the key under which a build is kept; ``options`` are all that change its bytes or findings."""
    words = json.dumps(
        [__version__, hashlib.sha256(lock).hexdigest(), target_digest, options], sort_keys=True
    )
    return hashlib.sha256(words.encode()).hexdigest()


def load_recipe(key: str, store: Store) -> Recipe | None:
    """Return the build kept under a key, None where there is none or a file that it copies from is gone or changed."""
    data = store.derived(_RECIPE, key)
    if data is None:
        return None
    head, _, literals = data.partition(b"\n")
    content = json.loads(head)
    files = [path for sha256 in content["files"] if (path := store.path(sha256)) is not None]
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
    if any(file.parent.parent != store.root / "files" for file in recipe.plan.files):
        return
    content = {
        "files": [file.name for file in recipe.plan.files],
        "pieces": [len(piece) if isinstance(piece, bytes) else piece for piece in recipe.plan.pieces],
        "zipped_bytes": recipe.plan.zipped_bytes,
        "sha256": recipe.sha256,
        "summary": dict(recipe.summary),
    }
    literals = b"".join(piece for piece in recipe.plan.pieces if isinstance(piece, bytes))
    store.keep_derived(_RECIPE, key, json.dumps(content, separators=(",", ":")).encode() + b"\n" + literals)
