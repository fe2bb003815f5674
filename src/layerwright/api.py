"""The verbs of the command line as functions: typed, with no printing and no exit.

Each raises the errors of ``layerwright.errors``; what is wrong with a layer is in what it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from layerwright.checks.question import Question, Verdict
from layerwright.checks.serves import Service, judge_services
from layerwright.checks.verify import judge, read_contents
from layerwright.layer.place import Layout
from layerwright.pipeline.build import build_layer, resolve_layer
from layerwright.pipeline.result import BuiltLayer
from layerwright.pipeline.spec import BuildSettings, LayerSpec
from layerwright.progress import Progress, Silent
from layerwright.resolve.request import IndexOptions, Request
from layerwright.ship.verbs import emit, prune, publish, use
from layerwright.targets.target import lambda_targets, parse_target
from layerwright.wheels.store import Store

if TYPE_CHECKING:
    from layerwright.run.proof import Proof

__all__ = ["build", "check", "emit", "lambda_targets", "lock", "prove", "prune", "publish", "serves", "use"]

_NO_REASONS: Mapping[str, str] = MappingProxyType({})


def build(
    requirements: Sequence[str] = (),
    *,
    target: str,
    output: Path,
    files: Sequence[Path] = (),
    lock: Path | None = None,
    name: str = "layer",
    layout: Layout = Layout.FLAT,
    scripts: bool = False,
    exclude_runtime_sdk: bool = False,
    allow_findings: bool = False,
    indexes: IndexOptions | None = None,
    offline: bool = False,
    store: Store | None = None,
    progress: Progress | None = None,
) -> BuiltLayer:
    """Build a layer for one target and write its zip to ``output``.

    With error findings ``path`` is None in what is returned, and nothing is written, unless ``allow_findings``.
    """
    request = _request(requirements, files, indexes, offline=offline)
    spec = LayerSpec(
        name=name,
        target=parse_target(target),
        output=output,
        request=request,
        lock=lock,
        layout=layout,
        scripts=scripts,
        exclude_runtime_sdk=exclude_runtime_sdk,
    )
    settings = _settings(store, progress, offline=offline, allow_findings=allow_findings)
    return build_layer(spec, settings)


def lock(
    requirements: Sequence[str] = (),
    *,
    target: str,
    files: Sequence[Path] = (),
    indexes: IndexOptions | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> bytes:
    """Return the resolution for one target as a pylock.toml (PEP 751)."""
    request = _request(requirements, files, indexes, offline=offline)
    spec = LayerSpec(name="layer", target=parse_target(target), output=Path("layer.zip"), request=request)
    return resolve_layer(spec, _settings(None, progress, offline=offline)).content


def check(
    layers: Iterable[Path],
    *,
    target: str,
    function: Path | None = None,
    handler: str | None = None,
    select: Sequence[str] = (),
    ignore: Mapping[str, str] = _NO_REASONS,
    today: date | None = None,
    store: Store | None = None,
) -> Verdict:
    """Judge layers, in the order in which a function gets them, for one target."""
    question = Question(
        layers=tuple(layers), function=function, handler=handler, select=tuple(select), ignore=ignore
    )
    return judge(question, parse_target(target), today or _today(), store or Store())


def serves(
    layers: Iterable[Path], *, today: date | None = None, store: Store | None = None
) -> tuple[Service, ...]:
    """Tell which of Lambda's targets layers would serve."""
    question = Question(layers=tuple(layers))
    return judge_services(read_contents(question, store or Store()), question, today or _today())


def prove(
    layers: Sequence[Path],
    *,
    target: str,
    function: Path | None = None,
    root: Path | None = None,
    engine: str | None = None,
    image: str | None = None,
    timeout_s: float = 60.0,
    memory_mb: int = 3008,
    offline: bool = False,
    today: date | None = None,
    store: Store | None = None,
) -> Proof:
    """Import each module of layers for real, in the order in which a function gets them, in the closest environment at hand.

    ``root``, ``engine`` and ``image`` name another. Raises RunError where nothing here can run the target.
    """
    from layerwright.run.proving import prove_paths
    from layerwright.run.sandboxes.choose import Wish

    return prove_paths(
        layers,
        parse_target(target),
        store or Store(),
        function=function,
        wish=Wish(engine=engine, image=image, root=root, offline=offline),
        timeout_s=timeout_s,
        memory_mb=memory_mb,
        offline=offline,
        today=today or _today(),
    )


def _request(
    requirements: Sequence[str], files: Sequence[Path], indexes: IndexOptions | None, *, offline: bool
) -> Request:
    return Request(
        requirements=tuple(requirements),
        files=tuple(Path(file).absolute() for file in files),
        indexes=indexes or IndexOptions(),
        offline=offline,
    )


def _settings(
    store: Store | None, progress: Progress | None, *, offline: bool, allow_findings: bool = False
) -> BuildSettings:
    return BuildSettings(
        store=store or Store(),
        today=_today().isoformat(),
        offline=offline,
        allow_findings=allow_findings,
        progress=progress or Silent(),
    )


def _today() -> date:
    return datetime.now(UTC).date()
