"""Facts of binaries as JSON values, so that the bytes of a wheel's member are read once ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from layerwright.binaries.facts import Broken, Elf, Facts, Foreign, VersionNeed

SCHEMA_VERSION: Final = 1
"""Rises whenever these facts mean something else, or there are more of them: what was kept under another is read anew."""

_KINDS: Final[Mapping[str, type[Elf | Foreign | Broken]]] = {"elf": Elf, "foreign": Foreign, "broken": Broken}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_DEFAULTS: Final = {kind: {field.name: field.default for field in fields(kind)} for kind in _KINDS.values()}


def facts_as_json(facts: Facts) -> dict[str, object]:
    """Return a value for ``json.dumps``; what has its default is left out."""
    kind = type(facts)
    value: dict[str, object] = {"facts": _NAMES[kind]}
    for name, default in _DEFAULTS[kind].items():
        held = getattr(facts, name)
        if held != default:
            value[name] = held
    return value


def facts_from_json(value: Mapping[str, Any]) -> Facts:
    """Return the facts that ``facts_as_json`` gave, after any trip through JSON.

    Raises TypeError, KeyError or ValueError for what it never gave.
    """
    kind = _KINDS[value["facts"]]
    known = _DEFAULTS[kind]
    held = {name: _frozen(item) for name, item in value.items() if name in known}
    if "version_needs" in held:
        held["version_needs"] = tuple(VersionNeed(*need) for need in value["version_needs"])
    return kind(**held)


def _frozen(item: Any) -> Any:
    return tuple(item) if isinstance(item, list) else item
