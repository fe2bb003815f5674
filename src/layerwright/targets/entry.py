"""The short list of what Lambda runs: runtimes, their systems and architectures, read from ``data/runtimes.toml``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

DATA: Final = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """An architecture in AWS's word, the ``machine`` of kernel and wheel tags, and other words that people use."""

    name: str
    machine: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An operating system that runtimes stand on."""

    name: str
    title: str
    glibc: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A runtime as the short list has it; ``dates`` holds those that are set, by their name in ``Lifecycle``."""

    runtime: str
    python: tuple[int, int]
    system: System
    architectures: tuple[str, ...]
    snapstart: bool
    openssl: str | None
    dates: Mapping[str, date]


@functools.cache
def read_data(name: str) -> Mapping[str, Any]:
    """Return one of the packaged TOML files; they are part of the program, so once a process is enough."""
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


@functools.cache
def architectures() -> Mapping[str, Architecture]:
    """Every architecture of Lambda by its name."""
    return {
        name: Architecture(name=name, machine=fact["machine"], synonyms=tuple(fact["synonyms"]))
        for name, fact in read_data("runtimes.toml")["architectures"].items()
    }


@functools.cache
def systems() -> Mapping[str, System]:
    """Every system that Lambda's runtimes stand on, by its name."""
    return {
        name: System(name=name, title=fact["title"], glibc=_pair(fact["glibc"]))
        for name, fact in read_data("runtimes.toml")["systems"].items()
    }


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Every Python runtime of Lambda by its identifier, oldest first."""
    return {
        name: Entry(
            runtime=name,
            python=_pair(fact["python"]),
            system=systems()[fact["system"]],
            architectures=tuple(fact["architectures"]),
            snapstart=fact["snapstart"],
            openssl=fact.get("openssl"),
            dates={key: value for key, value in fact.items() if isinstance(value, date)},
        )
        for name, fact in read_data("runtimes.toml")["runtimes"].items()
    }


def _pair(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)
