"""Judge the corpus anew: write its hashes and verdicts and docs/corpus.md, and print what changed.

After a layer was added to tests/corpus/layers.toml, or a check was changed: ``python scripts/refresh_corpus.py [PATTERN...]``, with patterns
of layers (``lxml*``, ``*@python3.11-arm64``) to judge those alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from factories.corpus import (  # noqa: E402
    DAY,
    CorpusLayer,
    Told,
    index_settings,
    judge_layer,
    list_wheels,
    read_hashes,
    read_layers,
    read_verdicts,
    told,
    write_hashes,
    write_verdicts,
)
from layerwright.wheels.store import Store  # noqa: E402

DOCS = ROOT / "docs" / "corpus.md"
HEAD = """\
# The corpus

Real wheels, taken by hash and laid out as layers, whose verdicts are kept in `tests/corpus` and compared at every run of the tests: each
finding's check, severity, first path and number of files. A change of a check that changes a verdict shows in the diff of a commit.
`python scripts/refresh_corpus.py` judges them anew and writes this page.

The day that runtimes' dates are judged by is fixed ({day}); findings at info level are told without a reason, for their check's
[page](rules.md) is one.
"""


def corpus_docs() -> str:
    """Return the whole page."""
    layers, verdicts = read_layers(), read_verdicts()
    wheels = {wheel for layer in layers for wheel in layer.wheels}
    counts = [_counted(str(target), group, verdicts) for target, group in _by_target(layers)]
    counts.append(_counted("all", layers, verdicts))
    head = "| target | layers | wheels | with errors | with warnings | only told | clean |"
    return "\n".join(
        (
            HEAD.format(day=DAY),
            f"{len(wheels)} wheels in {len(layers)} layers:\n",
            head,
            "|---|---|---|---|---|---|---|",
            *counts,
            *(line for target, group in _by_target(layers) for line in _section(target, group, verdicts)),
            "",
        )
    )


def _by_target(layers: Iterable[CorpusLayer]) -> list[tuple[str, list[CorpusLayer]]]:
    return [(target, list(group)) for target, group in groupby(layers, lambda layer: str(layer.target))]


def _counted(title: str, layers: Iterable[CorpusLayer], verdicts: Mapping[str, tuple[Told, ...]]) -> str:
    layers = list(layers)
    gravest = Counter(_gravest(verdicts[str(layer)]) for layer in layers)
    wheels = len({wheel for layer in layers for wheel in layer.wheels})
    numbers = (len(layers), wheels, *(gravest[word] for word in ("error", "warning", "info", "")))
    return f"| {title} | {' | '.join(map(str, numbers))} |"


def _gravest(findings: Iterable[Told]) -> str:
    return min((finding.severity for finding in findings), default="")  # the alphabet has them in order


def _section(
    target: str, layers: list[CorpusLayer], verdicts: Mapping[str, tuple[Told, ...]]
) -> Iterable[str]:
    yield f"\n## {target}\n"
    yield "| layer | verdict | why |"
    yield "|---|---|---|"
    fine: dict[str, list[str]] = {}
    for layer in layers:
        found = verdicts[str(layer)]
        if _gravest(found) in ("error", "warning"):
            yield f"| {_titled(layer)} | {_verdict(found)} | {layer.why} |"
        else:
            fine.setdefault(_verdict(found), []).append(_titled(layer))
    for verdict, names in sorted(fine.items()):
        yield f"\n{verdict[0].upper()}{verdict[1:]}: {', '.join(names)}."


def _titled(layer: CorpusLayer) -> str:
    version = layer.wheels[0].split("-")[1]
    rest = f" and {len(layer.wheels) - 1} more" if len(layer.wheels) > 1 else ""
    return f"{layer.name} {version}{rest}"


def _verdict(findings: Iterable[Told]) -> str:
    counts = Counter((finding.severity, finding.check) for finding in findings)
    return (
        ", ".join(
            f"{severity} [{check}](rules.md#{check})" + (f" ({count})" if count > 1 else "")
            for (severity, check), count in sorted(counts.items())
        )
        or "clean"
    )


def _judged(layers: Iterable[CorpusLayer], hashes: dict[str, str]) -> Iterable[tuple[str, tuple[Told, ...]]]:
    settings, store = index_settings(), Store()
    artifacts = list_wheels(layers, settings)
    with tempfile.TemporaryDirectory() as folder:
        for layer in layers:
            for wheel in layer.wheels:
                if wheel not in artifacts:
                    sys.exit(f"{layer}: the index has no {wheel}")
                hashes.setdefault(wheel, artifacts[wheel].sha256 or "")
            result = judge_layer(
                layer, artifacts, hashes=hashes, settings=settings, store=store, folder=Path(folder)
            )
            if result.crashed:
                sys.exit(f"{layer}: {result.crashed}")
            yield str(layer), told(result)


def main(patterns: list[str]) -> None:
    layers, hashes, kept = read_layers(), read_hashes(), read_verdicts()
    chosen = [layer for layer in layers if not patterns or any(fnmatch(str(layer), one) for one in patterns)]
    fresh = dict(kept)
    for name, findings in _judged(chosen, hashes):
        fresh[name] = findings
        before, after = Counter(kept.get(name, ())), Counter(findings)
        for sign, changed in (("-", before - after), ("+", after - before)):
            for finding in changed.elements():
                print(f"{sign} {name}: {' '.join(map(str, finding))}", flush=True)
    wheels = {wheel for layer in layers for wheel in layer.wheels}
    write_hashes({wheel: sha256 for wheel, sha256 in hashes.items() if wheel in wheels})
    write_verdicts({str(layer): fresh[str(layer)] for layer in layers if str(layer) in fresh})
    if all(str(layer) in fresh for layer in layers):
        DOCS.write_text(corpus_docs(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
