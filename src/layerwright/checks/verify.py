"""Layers as files are judged for a target: what ``layerwright check`` does.

A verdict on zips is kept in the store under all that it depends on, so that the same question about the same files is
answered without reading them again. What only a fresh verdict needs is imported when one is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from layerwright.checks.kept import hash_zips, keep_result, kept_result, question_key
from layerwright.checks.question import LayerSummary, Question, Verdict

if TYPE_CHECKING:
    from layerwright.binaries.facts import Facts
    from layerwright.checks.contents import Contents
    from layerwright.layer.read import Layer
    from layerwright.targets.target import Target
    from layerwright.wheels.store import Store


def judge(question: Question, target: Target, today: date, store: Store) -> Verdict:
    """Return what the checks say for one target on a day; of zips that were asked about before, what was found then.

    Raises UsageError where a path leads nowhere, and IntegrityError where a file is no zip that can be read.
    """
    hashes = hash_zips(question)
    key = question_key(question, hashes, target, today)
    kept = kept_result(store, key) if key else None
    if kept is not None:
        layers, result = kept
        return Verdict(target=target, layers=tuple(LayerSummary(*row) for row in layers), result=result)
    verdict = judge_contents(read_contents(question, store, hashes=hashes), question, target, today)
    if key and not verdict.result.crashed:
        keep_result(store, key, verdict.layers, verdict.result)
    return verdict


def read_contents(
    question: Question, store: Store, *, hashes: Mapping[Path, str] = MappingProxyType({})
) -> Contents:
    """Return what layers and function hold; what was read of a zip before is taken from the store.

    ``hashes`` are the sha256 of zips that are known already.

    Raises UsageError where a path leads nowhere, and IntegrityError where a file is no zip that can be read.
    """
    from layerwright.checks.contents import Contents
    from layerwright.checks.stack import FUNCTION_ROOT, LAYER_ROOT
    from layerwright.layer.inspect import inspect_layer
    from layerwright.layer.read import read_layer

    binaries: dict[str, Facts] = {}
    digests: dict[str, str] = {}
    modified: dict[str, int] = {}
    mentions: dict[str, set[str]] = {}

    def read(path: Path, root: str) -> Layer:
        layer = read_layer(path, name=question.names.get(path), sha256=hashes.get(path))
        inspection = inspect_layer(layer, store)
        binaries.update({f"{root}/{name}": facts for name, facts in inspection.binaries.items()})
        digests.update({f"{root}/{name}": digest for name, digest in inspection.digests.items()})
        modified.update({f"{root}/{name}": seconds for name, seconds in layer.modified.items()})
        for word, names in inspection.mentions.items():
            mentions.setdefault(word, set()).update(f"{root}/{name}" for name in names)
        return replace(layer, problems=(*layer.problems, *inspection.problems))

    layers = tuple(read(path, LAYER_ROOT) for path in question.layers)
    function = read(question.function, FUNCTION_ROOT) if question.function else None
    return Contents(
        layers, function, binaries=binaries, digests=digests, modified=modified, mentions=mentions
    )


def judge_contents(contents: Contents, question: Question, target: Target, today: date) -> Verdict:
    """Return what the checks say of contents for one target on a day."""
    from layerwright.checks.run import run_checks
    from layerwright.checks.subject import Subject
    from layerwright.targets.load import load_runtime

    subject = Subject(
        contents=contents,
        runtime=load_runtime(target),
        today=today,
        handler=question.handler,
        extras=question.extras,
        environment=question.environment,
    )
    result = run_checks(subject, select=question.select, ignore=question.ignore)
    return Verdict(target=target, layers=summarise(contents.stack.layers), result=result)


def summarise(layers: Iterable[Layer]) -> tuple[LayerSummary, ...]:
    """Return what reports say of layers."""
    return tuple(
        LayerSummary(
            name=layer.name,
            sha256=layer.sha256,
            zipped_bytes=layer.zipped_bytes,
            unzipped_bytes=layer.tree.unzipped_bytes,
            files=sum(1 for _ in layer.tree.files()),
        )
        for layer in layers
    )
