"""What is to be built: layers for targets, what holds for all of them, and a resolution as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from layerwright.layer.place import Layout
from layerwright.progress import Progress, Silent
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.resolve.index_settings import IndexSettings
    from layerwright.resolve.request import Request
    from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """One layer for one target.

    ``request`` says what to resolve and how; where ``lock`` names a file that holds the resolution, only the request's index
    settings matter, and no index is asked. ``output`` is where the zip goes. ``select`` and ``ignore`` are for ``run_checks``.
    """

    name: str
    target: Target
    output: Path
    request: Request
    lock: Path | None = None
    layout: Layout = Layout.FLAT
    scripts: bool = False
    exclude_runtime_sdk: bool = False
    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """What holds for all layers of one build; ``today`` is the date in ISO form that runtimes' lifecycles are judged by."""

    store: Store
    today: str
    offline: bool = False
    allow_findings: bool = False
    progress: Progress = field(default_factory=Silent)


class LockedLayer(NamedTuple):
    """A resolution as bytes; ``base`` is the folder that its paths start in, ``notes`` what resolving found worth saying.

    ``indexes`` are the settings by which it was resolved, None for a lock that was given.
    """

    content: bytes
    base: Path
    notes: tuple[str, ...]
    indexes: IndexSettings | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the bytes fix the contents of every package: a local folder changes without its lock."""
        return b"directory" not in self.content
