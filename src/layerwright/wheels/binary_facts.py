"""The facts of a wheel's binaries, as ``fetch`` keeps them and a check wants them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from layerwright.binaries.facts import Facts
from layerwright.binaries.keep import SCHEMA_VERSION, facts_as_json, facts_from_json
from layerwright.binaries.read import looks_binary, named_like_binary, read_binary
from layerwright.wheels.facts import FactReader
from layerwright.wheels.kept import wheel_facts
from layerwright.wheels.store import DerivedKind, Store
from layerwright.wheels.wheel import Wheel

BINARY_FACTS: Final = FactReader(
    kind=DerivedKind("binaries", SCHEMA_VERSION),
    wants=lambda name, head: looks_binary(head) or named_like_binary(name),
    read=lambda _, data: facts_as_json(read_binary(memoryview(data))),
)
"""The reader to give to ``fetch``."""


def binary_facts(store: Store, wheel: Wheel) -> dict[str, Facts]:
    """Return what is known of each binary of a wheel, by its member's name, sorted; read only where it is not kept."""
    kept = cast("Mapping[str, Mapping[str, Any]]", wheel_facts(store, wheel, BINARY_FACTS))
    return {name: facts_from_json(value) for name, value in kept.items()}
