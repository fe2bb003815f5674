"""What the last answer to a question took to find, kept for some minutes so that asking again costs one run of uv.

Kept are no answers, but facts about releases that uv passed over, and which way led to the answer: uv is asked
each time, and where it says anything that these facts don't cover, all of it is found out anew. They go stale as
index pages do, after ten minutes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from layerwright.resolve.command import Sources
from layerwright.resolve.location import local_path
from layerwright.resolve.lock import Artifact, ArtifactKind
from layerwright.resolve.question import Answer, Passed, Question, ask
from layerwright.resolve.solve import ask_above, doubtful_releases, left_out_releases

_SCHEMA: Final = 1
_FRESH_S: Final = 600


def remember_answer(question: Question, answer: Answer) -> None:
    """What this answer took is kept, if it took more than one run of uv; a full or read-only disk is no matter."""
    if question.memory is None or not (answer.skipped or answer.sources.named):
        return
    known = {
        "schema": _SCHEMA,
        "at": time.time(),
        "above": answer.above,
        "named": sorted(answer.sources.named),
        "others": None if answer.sources.others is None else sorted(answer.sources.others),
        "chosen": answer.versions,
        "skipped": {name: sorted(versions) for name, versions in answer.skipped.items()},
        "newer": {name: [asdict(passed) for passed in versions] for name, versions in answer.newer.items()},
        "files": {
            release.name: [asdict(wheel) for wheel in release.wheels]
            for release in answer.releases
            if answer.above and release.wheels
        },
    }
    path = _path(question, question.memory)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(known), encoding="utf-8")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def recall_answer(question: Question) -> Answer | None:
    """The answer in one run of uv, by what is remembered; None where that is nothing, or not enough any more."""
    known = _known(question)
    if known is None:
        return None
    others = known["others"]
    sources = Sources(named=frozenset(known["named"]), others=None if others is None else frozenset(others))
    newer = {
        name: tuple(Passed(**passed) for passed in versions) for name, versions in known["newer"].items()
    }
    if known["above"]:
        answer = ask_above(question, sources, left_out_releases(newer, sources))
    else:
        answer = ask(question, sources, question.platforms.floor)
    if not answer.solved or not _covers(known, answer):
        return None
    return _with_files(question, replace(answer, newer=newer), known)


def _covers(known: Mapping[str, Any], answer: Answer) -> bool:
    """Whether the same was chosen of all that uv passes over, and what it passed over now was known or is older."""
    versions = answer.versions
    relevant = (answer.skipped.keys() | known["newer"].keys()) & versions.keys()
    return all(
        versions[name] == known["chosen"].get(name)
        and _are_older(answer.skipped.get(name, frozenset()) - _known_versions(known, name), versions[name])
        for name in relevant
    )


def _known_versions(known: Mapping[str, Any], name: str) -> frozenset[str]:
    newer = (passed["version"] for passed in known["newer"].get(name, ()))
    return frozenset((*known["skipped"].get(name, ()), *newer))


def _are_older(versions: frozenset[str], chosen: str) -> bool:
    if not versions:
        return True
    from packaging.version import Version

    return all(Version(version) < Version(chosen) for version in versions)


def _with_files(question: Question, answer: Answer, known: Mapping[str, Any]) -> Answer | None:
    """The answer with the wheels that fit in the place of those that uv named for a higher glibc."""
    found = {}
    for release in doubtful_releases(question, answer) if answer.above else ():
        files = known["files"].get(release.name)
        if files is None or known["chosen"].get(release.name) != release.version:
            return None
        wheels = tuple(Artifact(**{**file, "kind": ArtifactKind(file["kind"])}) for file in files)
        found[release.name] = replace(release, wheels=wheels)
    return replace(answer, releases=tuple(found.get(release.name, release) for release in answer.releases))


def _known(question: Question) -> dict[str, Any] | None:
    if question.memory is None or question.request.refresh:
        return None
    try:
        known = json.loads(_path(question, question.memory).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(known, dict) or known.get("schema") != _SCHEMA:
        return None
    if not 0 <= time.time() - known["at"] < _FRESH_S:
        return None
    return known


def _changed(place: str) -> int | None:
    """When a folder last changed; None for what is not on this machine."""
    path = local_path(place)
    try:
        return path.stat().st_mtime_ns if path is not None else None
    except OSError:
        return None


def _path(question: Question, folder: Path) -> Path:
    """The file for a question: one name for all that makes it another question, save what files hold."""
    import hashlib

    request = question.request
    asked = {
        key: str(value)
        for key, value in (
            *((name, getattr(request, name)) for name in request.__slots__ if name != "environment"),
            *(item for item in sorted(request.environment.items()) if item[0].startswith("UV_")),
            ("target", question.target.digest),
            ("glibc", question.glibc),
            ("words", question.words),
            ("places", tuple((place, _changed(place)) for place in question.places)),
        )
    }
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return folder / f"{digest[:32]}.json"
