"""A command that was done before, done again without being understood again.

What a command comes to follows from its words, the folder, the day, some variables, our code, and the files that it reads.
Where all of these are as they were, it is known what to print, and for a build which recipes to carry out and where to:
neither words nor configuration nor locks are parsed, and next to nothing is imported. Where anything is not exactly as it
was, the command takes its usual way, which is also the only one that finds anything out.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from layerwright.errors import LayerwrightError
from layerwright.layer.standing import file_state, is_settled, stands
from layerwright.own_code import code_state
from layerwright.wheels.place import store_place
from layerwright.wheels.stored import DerivedKind, read_blob, sealed_file

if TYPE_CHECKING:
    from pathlib import Path

    from layerwright.cli.console import Console
    from layerwright.layer.plan import ArchivePlan
    from layerwright.wheels.store import Store

COMMANDS: Final = frozenset({"build", "check"})
_KIND: Final = DerivedKind("command", 1)
_VARIABLES: Final = ("LAYERWRIGHT_", "PIP_", "UV_")


class Look(NamedTuple):
    """A path, and what it was found to be: by the content of a small file, the size and times of a large one, or as a folder.

    One of the three is there, or none where nothing could be told.
    """

    path: str
    content: str | None = None
    status: str | None = None
    folder: bool | None = None


class Zip(NamedTuple):
    """A zip that a build comes to: the key of its recipe, its path, hash and size, and what is printed of it."""

    recipe: str
    path: str
    sha256: str
    zipped_bytes: int
    written: str
    unchanged: str


def recall(words: Sequence[str], console: Console) -> int | None:
    """Do a command again; returns its exit code, and None where it is not known what it comes to."""
    if not words or words[0] not in COMMANDS:
        return None
    start = time.perf_counter()
    try:
        root = store_place()
        circumstances = _circumstances(words, console)
    except (LayerwrightError, OSError):
        return None  # the usual way says what is wrong
    data = read_blob(root, _KIND, _key(circumstances))
    if data is None:
        return None
    known = json.loads(data)
    if known["circumstances"] != circumstances or not all(
        _is_as_it_was(Look(*row)) for row in known["looks"]
    ):
        return None
    zips = tuple(Zip(*row) for row in known["zips"])
    unchanged = _carry_out(zips, root)
    if unchanged is None:
        return None
    if known["result"] is not None:
        console.result(known["result"])
    else:
        from layerwright.report.build_count import count_text

        texts = [zip_.unchanged if zip_.path in unchanged else zip_.written for zip_ in zips]
        count = count_text(
            written=len(zips) - len(unchanged), unchanged=len(unchanged), seconds=time.perf_counter() - start
        )
        console.result("\n".join([*texts, count]))
    code: int = known["code"]
    return code


def remember(
    words: Sequence[str],
    console: Console,
    store: Store,
    *,
    looks: Iterable[Look],
    zips: Iterable[Zip] = (),
    result: str | None = None,
    code: int = 0,
) -> None:
    """Keep what a command came to.

    ``looks`` are at all that it read, taken before that; nothing is kept where they no longer hold, or can't tell. ``result``
    is what was printed, None where that is the text of the zips and a count of them.
    """
    looks = tuple(looks)
    if console.verbose or not all(_tells(look) and _is_as_it_was(look) for look in looks):
        return
    circumstances = _circumstances(words, console)
    known = {
        "circumstances": circumstances,
        "looks": looks,
        "zips": tuple(zips),
        "result": result,
        "code": code,
    }
    store.keep_derived(_KIND, _key(circumstances), json.dumps(known, separators=(",", ":")).encode())


def look_at_contents(paths: Iterable[Path | str]) -> list[Look]:
    """Look at small files, which are read."""
    return [Look(str(path), content=_content(path)) for path in paths]


def look_at_status(path: Path | str) -> Look:
    """Look at a large file, which is not read. Raises OSError where it is not there."""
    status = os.stat(path)
    return Look(str(path), status=file_state(status) if is_settled(status) else None)


def look_for_folder(path: Path | str) -> Look:
    """Look whether a path is a folder."""
    return Look(str(path), folder=os.path.isdir(path))


def _content(path: Path | str) -> str | None:
    """What a file holds behind a ``+``; ``-`` where there is none, and None where it can't be read."""
    try:
        with open(path, "rb") as file:
            return "+" + file.read().decode("latin-1")
    except (FileNotFoundError, NotADirectoryError):
        return "-"
    except OSError:
        return None


def _tells(look: Look) -> bool:
    return (look.content, look.status, look.folder) != (None, None, None)


def _is_as_it_was(look: Look) -> bool:
    try:
        if look.content is not None:
            return _content(look.path) == look.content
        if look.status is not None:
            return look_at_status(look.path) == look
        return look_for_folder(look.path) == look
    except OSError:
        return False


def _circumstances(words: Sequence[str], console: Console) -> list[Any]:
    """All but files that a command depends on, as JSON has it."""
    variables = sorted(item for item in os.environ.items() if item[0].startswith(_VARIABLES))
    return [
        code_state(),
        sys.version,
        list(words),
        os.getcwd(),
        time.strftime("%Y-%m-%d", time.gmtime()),
        [list(item) for item in variables],
        [console.colour, console.interactive],
    ]


def _key(circumstances: Sequence[Any]) -> str:
    """A name that is short to make; the circumstances themselves are kept under it, and compared."""
    return f"{zlib.crc32(json.dumps(circumstances).encode()):08x}"


def _carry_out(zips: Sequence[Zip], root: str) -> frozenset[str] | None:
    """Write the zips that don't stand; returns the paths of those that did, and None where a recipe is gone."""
    unchanged = frozenset(
        one.path
        for one in zips
        if stands(one.path, sha256=one.sha256, size_bytes=one.zipped_bytes, root=root)
    )
    plans = {one.path: _plan(one, root) for one in zips if one.path not in unchanged}
    for path, plan in plans.items():
        if plan is None:
            return None
        from layerwright.layer.plan import write_archive

        write_archive(plan, path)
    return unchanged


def _plan(one: Zip, root: str) -> ArchivePlan | None:
    from layerwright.pipeline.recipe import RECIPE, read_recipe

    data = read_blob(root, RECIPE, one.recipe)
    recipe = read_recipe(data, lambda sha256: sealed_file(root, sha256)) if data is not None else None
    return recipe.plan if recipe is not None else None
