"""What is asked of the checks about layers as files, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from layerwright.checks.result import CheckResult
    from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be judged, but for the target.

    ``layers`` are zips or folders in the order in which the function gets them; ``function`` is its code, a zip or a folder.
    ``extras`` are those that were asked for, by normalised project name; ``environment`` the function's variables, None
    where nobody told. ``select`` and ``ignore`` are for ``run_checks``. ``names`` is what files are called in findings, where that is not
    their path: what came from AWS has an ARN.
    """

    layers: tuple[Path, ...]
    function: Path | None = None
    handler: str | None = None
    extras: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] | None = None
    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[Path, str] = field(default_factory=lambda: MappingProxyType({}))


class LayerSummary(NamedTuple):
    """A layer in a few words: its name as it was given, its hash and zipped size (None for a folder), its size unzipped, its files."""

    name: str
    sha256: str | None
    zipped_bytes: int | None
    unzipped_bytes: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The layers that were judged, and what the checks say of them for one target."""

    target: Target
    layers: tuple[LayerSummary, ...]
    result: CheckResult
