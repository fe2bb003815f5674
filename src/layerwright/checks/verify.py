"""Layers as files become a subject, and the catalogue is run over it: what ``layerwright check`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from layerwright.checks.contents import Contents
from layerwright.checks.run import CheckResult, run_checks
from layerwright.checks.stack import FUNCTION_ROOT, LAYER_ROOT
from layerwright.checks.subject import Subject
from layerwright.layer.inspect import inspect_layer
from layerwright.layer.read import Layer, read_layer
from layerwright.targets.load import load_runtime
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.binaries.facts import Facts
    from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be judged, but for the target.

    ``layers`` are zips or folders in the order in which the function gets them; ``function`` is its code, a zip or a folder.
    ``extras`` are those that were asked for, by normalised project name; ``environment`` the function's variables, None
    where nobody told. ``select`` and ``ignore`` are for ``run_checks``.
    """

    layers: tuple[Path, ...]
    function: Path | None = None
    handler: str | None = None
    extras: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] | None = None
    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The layers as they were read, and what the checks say of them for one target."""

    target: Target
    layers: tuple[Layer, ...]
    result: CheckResult


def read_contents(question: Question, store: Store) -> Contents:
    """Return what layers and function hold; what was read of a zip before is taken from the store.

    Raises UsageError where a path leads nowhere, and IntegrityError where a file is no zip that can be read.
    """
    binaries: dict[str, Facts] = {}
    digests: dict[str, str] = {}
    modified: dict[str, int] = {}

    def read(path: Path, root: str) -> Layer:
        layer = read_layer(path)
        inspection = inspect_layer(layer, store)
        binaries.update({f"{root}/{name}": facts for name, facts in inspection.binaries.items()})
        digests.update({f"{root}/{name}": digest for name, digest in inspection.digests.items()})
        modified.update({f"{root}/{name}": seconds for name, seconds in layer.modified.items()})
        return replace(layer, problems=(*layer.problems, *inspection.problems))

    layers = tuple(read(path, LAYER_ROOT) for path in question.layers)
    function = read(question.function, FUNCTION_ROOT) if question.function else None
    return Contents(layers, function, binaries=binaries, digests=digests, modified=modified)


def judge_contents(contents: Contents, question: Question, target: Target, today: date) -> Verdict:
    """Return what the checks say of contents for one target on a day."""
    subject = Subject(
        contents=contents,
        runtime=load_runtime(target),
        today=today,
        handler=question.handler,
        extras=question.extras,
        environment=question.environment,
    )
    result = run_checks(subject, select=question.select, ignore=question.ignore)
    return Verdict(target=target, layers=contents.stack.layers, result=result)
