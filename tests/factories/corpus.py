"""The corpus: layers of real wheels, by hash, and what ``check`` said of each.

``layers.toml`` is written by hand, ``wheels.sha256`` and ``verdicts.json`` by ``scripts/refresh_corpus.py``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from layerwright.checks.question import Question
from layerwright.checks.result import CheckResult
from layerwright.checks.verify import judge
from layerwright.layer.archive import plan_archive
from layerwright.layer.assemble import assemble
from layerwright.layer.place import Layout, scheme_for
from layerwright.layer.plan import write_archive
from layerwright.progress import Silent
from layerwright.resolve.candidates import Wanted, list_releases
from layerwright.resolve.index_settings import IndexSettings, read_index_settings
from layerwright.resolve.lock import Artifact, Lock, LockedPackage
from layerwright.resolve.request import Request, current_environment
from layerwright.resolve.resolve import resolve
from layerwright.targets.load import load_runtime
from layerwright.targets.target import Target, parse_target
from layerwright.wheels.binary_facts import BINARY_FACTS
from layerwright.wheels.fetch import fetch
from layerwright.wheels.store import Store
from layerwright.wheels.transport import Access
from layerwright.wheels.wheel_name import normalize_name, parse_wheel_filename

FOLDER: Final = Path(__file__).parents[1] / "corpus"
LAYERS: Final = FOLDER / "layers.toml"
HASHES: Final = FOLDER / "wheels.sha256"
VERDICTS: Final = FOLDER / "verdicts.json"

# A day on which every runtime of the corpus was supported.
DAY: Final = date(2025, 1, 1)
# The newest, by whose Python no release is left out when files are listed.
_LISTED_FOR: Final = parse_target("python3.13-x86_64")


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusLayer:
    """A layer of the corpus: wheels for a target, and in a sentence why the verdict is what it is, empty where there is none."""

    name: str
    target: Target
    wheels: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        """Return what tests and verdicts know it by."""
        return f"{self.name}@{self.target}"


class Told(NamedTuple):
    """A finding as it is kept: its first path, and how many files it covers."""

    check: str
    severity: str
    path: str
    files: int


def read_layers() -> tuple[CorpusLayer, ...]:
    """Return the layers in the order of their file."""
    document = tomllib.loads(LAYERS.read_text(encoding="utf-8"))
    return tuple(
        CorpusLayer(
            name=layer["name"],
            target=parse_target(target),
            wheels=tuple(layer["wheels"]),
            why=layer.get("why", ""),
        )
        for target, layers in document.items()
        for layer in layers
    )


def read_hashes() -> dict[str, str]:
    """Return each wheel's sha256 by its file name."""
    lines = HASHES.read_text(encoding="ascii").splitlines() if HASHES.exists() else []
    return {filename: sha256 for sha256, _, filename in (line.partition("  ") for line in lines)}


def read_verdicts() -> dict[str, tuple[Told, ...]]:
    """Return the kept findings of each layer, by ``str(layer)``."""
    document: dict[str, Any] = json.loads(VERDICTS.read_text(encoding="utf-8")) if VERDICTS.exists() else {}
    return {name: tuple(Told(*told) for told in findings) for name, findings in document.items()}


def told(result: CheckResult) -> tuple[Told, ...]:
    """Return what of a result is kept."""
    return tuple(
        Told(
            check=finding.check,
            severity=str(finding.severity),
            path="" if finding.path.endswith(".zip") else finding.path,
            files=len(finding.detail.get("paths", ())) or 1,  # type: ignore[arg-type]
        )
        for finding in result.findings
    )


def write_hashes(hashes: Mapping[str, str]) -> None:
    """Keep the sha256 of each wheel, as sha256sum writes it."""
    lines = [f"{sha256}  {filename}\n" for filename, sha256 in sorted(hashes.items())]
    HASHES.write_text("".join(lines), encoding="ascii")


def write_verdicts(verdicts: Mapping[str, tuple[Told, ...]]) -> None:
    """Keep what was told of each layer, a line for a finding."""
    rows = []
    for name, findings in verdicts.items():
        lines = ",\n".join(f"    {json.dumps(finding)}" for finding in findings)
        rows.append(f"  {json.dumps(name)}: " + (f"[\n{lines}\n  ]" if lines else "[]"))
    VERDICTS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def index_settings() -> IndexSettings:
    """Return how this machine's user reaches an index."""
    return read_index_settings(_request())


def list_wheels(layers: Iterable[CorpusLayer], settings: IndexSettings) -> dict[str, Artifact]:
    """Return where each wheel of the layers is to be had, by file name; most are listed in one run of uv."""
    layers = tuple(layers)
    releases = list_releases(
        (Wanted(name=name, specifier=f"=={version}") for name, version in sorted(_releases(layers))),
        settings.applied(_request()),
        _LISTED_FOR,
        words=settings.words,
    )
    found = {wheel.filename: wheel for release in releases for wheel in release.wheels}
    # uv lists a release as one index has it: where that mirrors a part of another, the rest is seen by a target it is for.
    hidden: dict[Target, set[str]] = {}
    for layer in layers:
        hidden.setdefault(layer.target, set()).update(wheel for wheel in layer.wheels if wheel not in found)
    for target, wheels in hidden.items():
        found.update(_resolved(target, wheels))
    return found


def _releases(layers: Iterable[CorpusLayer]) -> set[tuple[str, str]]:
    return {_release(wheel) for layer in layers for wheel in layer.wheels}


def _release(wheel: str) -> tuple[str, str]:
    name = parse_wheel_filename(wheel)
    return normalize_name(name.name), name.version


def _resolved(target: Target, wheels: set[str]) -> dict[str, Artifact]:
    """The wheels that a target takes of the releases that these are of; a run of uv for each version of one package."""
    found: dict[str, Artifact] = {}
    waiting = sorted({_release(wheel) for wheel in wheels})
    while waiting:
        now = dict(waiting)
        waiting = [one for one in waiting if now[one[0]] != one[1]]
        asked = replace(
            _request(),
            requirements=tuple(f"{name}=={version}" for name, version in now.items()),
            no_deps=True,
        )
        lock = resolve(asked, target, glibc=target.glibc, progress=Silent()).lock
        found.update((package.artifact.filename, package.artifact) for package in lock.packages)
    return found


def judge_layer(
    layer: CorpusLayer,
    artifacts: Mapping[str, Artifact],
    *,
    hashes: Mapping[str, str],
    settings: IndexSettings,
    store: Store,
    folder: Path,
) -> CheckResult:
    """Fetch a layer's wheels, write its zip as a build would, and return what the checks say of it.

    Raises IntegrityError where the index has other bytes under a name than those of ``hashes``.
    """
    access = Access(
        credentials=settings.lookup(), trusted_hosts=settings.insecure_hosts, variables=settings.variables
    )
    lock = Lock(
        target=layer.target, packages=tuple(_locked(artifacts[name], hashes[name]) for name in layer.wheels)
    )
    wheels = fetch(lock, store, access=access, reader=BINARY_FACTS)
    runtime = load_runtime(layer.target)
    scheme = scheme_for(Layout.FLAT, python=layer.target.python, interpreter=runtime.interpreter)
    path = folder / f"{layer.name}-{layer.target}.zip"
    write_archive(plan_archive(assemble(wheels, scheme, store).tree), path)
    try:
        return judge(Question(layers=(path,)), layer.target, DAY, store).result
    finally:
        path.unlink()


def _locked(artifact: Artifact, sha256: str) -> LockedPackage:
    name = parse_wheel_filename(artifact.filename)
    return LockedPackage(name=name.name, version=name.version, artifact=replace(artifact, sha256=sha256))


def _request() -> Request:
    return Request(environment=current_environment())
