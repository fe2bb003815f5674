"""Verdicts kept in the store, under everything that they depend on: files, question, target, day, and our own code."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from layerwright._version import __version__
from layerwright.checks.finding import Finding, Severity
from layerwright.checks.result import CheckResult, Ignored, Unfit
from layerwright.errors import UsageError
from layerwright.wheels.store import DerivedKind, Store, hash_file

if TYPE_CHECKING:
    from layerwright.checks.question import LayerSummary, Question
    from layerwright.targets.target import Target

_VERDICTS: Final = DerivedKind("verdict", 1)
_ROOMS: Final = (
    "binaries",
    "checks",
    "checks/rules",
    "layer",
    "resolve",
    "targets",
    "targets/data",
    "wheels",
)


def hash_zips(question: Question) -> dict[Path, str]:
    """Return the sha256 of every zip of a question; a folder has none.

    Raises UsageError where one can't be read.
    """
    hashes = {}
    for path in filter(Path.is_file, _parts(question)):
        try:
            hashes[path] = hash_file(path)
        except OSError as error:
            raise UsageError(f"{path} can't be read: {error.strerror}") from error
    return hashes


def question_key(question: Question, hashes: Mapping[Path, str], target: Target, today: date) -> str | None:
    """Return the key that a verdict is kept under, None where it isn't kept: a folder's content has no hash."""
    if not all(path in hashes for path in _parts(question)):
        return None
    parts = {
        "code": _code(),
        "files": [[question.names.get(path, str(path)), hashes[path]] for path in _parts(question)],
        "function": question.function is not None,
        "handler": question.handler,
        "extras": {name: sorted(extras) for name, extras in question.extras.items()},
        "environment": dict(question.environment) if question.environment is not None else None,
        "select": sorted(question.select),
        "ignore": dict(question.ignore),
        "target": [str(target), target.digest],
        "today": today.isoformat(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def kept_result(store: Store, key: str) -> tuple[list[list[Any]], CheckResult] | None:
    """Return what was kept under a key: rows for the layers' summaries, and the result."""
    data = store.derived(_VERDICTS, key)
    if data is None:
        return None
    value = json.loads(data)
    result = CheckResult(
        findings=tuple(map(_finding, value["findings"])),
        ignored=tuple(Ignored(_finding(one), reason) for one, reason in value["ignored"]),
        not_applicable=tuple(Unfit(*row) for row in value["not_applicable"]),
        crashed=(),
    )
    return value["layers"], result


def keep_result(store: Store, key: str, layers: Iterable[LayerSummary], result: CheckResult) -> None:
    """Keep a result in which no check crashed."""
    value = {
        "layers": [list(layer) for layer in layers],
        "findings": [finding.as_json() for finding in result.findings],
        "ignored": [[one.finding.as_json(), one.reason] for one in result.ignored],
        "not_applicable": [list(one) for one in result.not_applicable],
    }
    store.keep_derived(_VERDICTS, key, json.dumps(value, separators=(",", ":")).encode())


def _parts(question: Question) -> tuple[Path, ...]:
    return (*question.layers, *((question.function,) if question.function else ()))


def _finding(value: Mapping[str, Any]) -> Finding:
    detail = {name: _frozen(item) for name, item in value["detail"].items()}
    return Finding(**{**value, "severity": Severity(value["severity"]), "detail": MappingProxyType(detail)})


def _frozen(item: Any) -> Any:
    return tuple(map(_frozen, item)) if isinstance(item, list) else item


def _code() -> list[object]:
    """What our own code and data are: the version, and size and time of each file that a verdict can depend on."""
    root = Path(__file__).parents[1]
    files = sorted(
        (entry.path.removeprefix(str(root)), status.st_size, status.st_mtime_ns)
        for room in _ROOMS
        for entry in os.scandir(root / room)
        if entry.is_file() and (status := entry.stat())
    )
    return [__version__, hashlib.sha256(repr(files).encode()).hexdigest()]
