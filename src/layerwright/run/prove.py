"""Imports what is in a stack of layers, for real, and says how it went and how close that was to Lambda."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from layerwright.layer.tree import Tree
from layerwright.run.environment import FunctionIdentity, lambda_environment
from layerwright.run.materialize import merge
from layerwright.run.modules import Candidate, find_modules
from layerwright.run.prover import Prover
from layerwright.run.requirements import Distributions, read_distributions
from layerwright.run.sandboxes.sandbox import Fidelity, Launch, Sandbox
from layerwright.targets.runtime import Runtime

SCHEMA_VERSION: Final = 1
_GROUP: Final = 60
_IDENTITY: Final = FunctionIdentity(name="prove", memory_mb=3008)


class Outcome(StrEnum):
    """How the import of a module went."""

    IMPORTED = "imported"
    OPTIONAL = "optional"
    """It needs something that its distribution does not require: an extra, or a choice of the user's."""
    MISSING = "missing"
    """A module that is required is not there."""
    REFUSED = "refused"
    """The dynamic loader refused a library."""
    RAISED = "raised"
    EXITED = "exited"
    CRASHED = "crashed"
    HUNG = "hung"
    PACKAGE = "package"
    """The package that it is in does not import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleProof:
    """How the import of one module went; ``error`` is None exactly when it imported. ``path`` is the layer's file."""

    module: str
    path: str
    outcome: Outcome
    error: str | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it imported."""
        return self.outcome is Outcome.IMPORTED

    def as_json(self) -> dict[str, object]:
        """Return the module as the JSON contract has it, and its outcome."""
        seconds = round(self.seconds, 3)
        return {"module": self.module, "ok": self.ok, "error": self.error, "seconds": seconds, "outcome": self.outcome.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was imported, where, and how it went; ``modules`` sorted by name.

    ``fault`` is set where the layers broke the start of the runtime itself, and no module could be tried.
    """

    target: str
    fidelity: Fidelity
    modules: tuple[ModuleProof, ...]
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether everything imported, save for what only lacks an optional dependency."""
        return self.fault is None and all(module.ok or module.outcome is Outcome.OPTIONAL for module in self.modules)

    def as_json(self) -> dict[str, object]:
        """Return the proof as the JSON contract has it."""
        modules = [module.as_json() for module in self.modules]
        if self.fault is not None:
            modules.insert(0, {"module": "", "ok": False, "error": self.fault, "seconds": 0.0, "outcome": "raised"})
        return {
            "schema_version": SCHEMA_VERSION,
            "target": self.target,
            "fidelity": str(self.fidelity),
            "ok": self.ok,
            "modules": modules,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where a stack is laid on the host, and the launch limits for what runs in it."""

    stack: Path
    function: Path | None = None
    packages: Path | None = None
    temporary: Path | None = None
    timeout_s: float = 60.0
    memory_mb: int | None = 3008
    workers: int = 0


def prove(
    layers: Sequence[Tree],
    runtime: Runtime,
    sandbox: Sandbox,
    stage: Stage,
    *,
    function: Tree | None = None,
    on_module: Callable[[ModuleProof], None] | None = None,
) -> Proof:
    """Import each top-level module and each extension module of a stack in a process of its own.

    ``layers`` are what ``stage.stack`` was laid from, ``function`` what ``stage.function`` holds. ``on_module`` hears of each
    result as it comes, from one thread at a time. Raises RunError where the sandbox itself fails.
    """
    stack = merge(layers)
    candidates = {candidate.module: candidate for candidate in find_modules(stack, runtime.target)}
    if function is not None:
        candidates |= {found.module: found for found in find_modules(function, runtime.target, ("",))}
    distributions = read_distributions(stack, runtime.target, (package.name for package in runtime.bundled))
    command = sandbox.command(_launch(runtime, sandbox, stage))
    proofs: dict[str, ModuleProof] = {}

    def keep(answer: Mapping[str, Any]) -> None:
        proof = judge(candidates[answer["module"]], answer, distributions)
        proofs[proof.module] = proof
        if on_module is not None:
            on_module(proof)

    workers = stage.workers or min(os.cpu_count() or 1, 4)
    prover = Prover(command, stage.timeout_s, keep)
    fault = prover.check_start()
    if fault is None:
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(prover.prove, group) for group in _groups(candidates)]:
                done.result()
    modules = tuple(proofs[name] for name in sorted(proofs))
    return Proof(target=str(runtime.target), fidelity=sandbox.fidelity, modules=modules, fault=fault)


def judge(candidate: Candidate, answer: Mapping[str, Any], distributions: Distributions) -> ModuleProof:
    """Return the proof that a driver's answer makes; here what is missing is told from what is optional."""
    outcome = Outcome(answer["kind"])
    proof = ModuleProof(
        module=candidate.module,
        path=candidate.path,
        outcome=outcome,
        error=answer["error"],
        seconds=float(answer["seconds"]),
    )
    if outcome is not Outcome.MISSING:
        return proof
    owner = distributions.owners.get(candidate.path)
    own_top = candidate.module.partition(".")[0]
    lacking = str(answer.get("missing", "")).partition(".")[0]
    if owner is None or lacking == own_top:
        return proof
    unmet = distributions.unmet.get(owner, ())
    if unmet:
        return replace(proof, error=f"{proof.error} ({owner} requires {', '.join(unmet)}, which no layer has)")
    return replace(proof, outcome=Outcome.OPTIONAL)


def _launch(runtime: Runtime, sandbox: Sandbox, stage: Stage) -> Launch:
    paths = sandbox.paths
    isolated = "yes" if sandbox.isolated else "no"
    return Launch(
        script="prove_driver.py",
        words=(paths.layers, paths.function, paths.packages, paths.temporary, isolated),
        stack=stage.stack,
        function=stage.function,
        packages=stage.packages,
        temporary=stage.temporary,
        environment=lambda_environment(runtime, _IDENTITY, paths=paths),
        network=False,
        memory_mb=stage.memory_mb,
    )


def _groups(candidates: Iterable[str]) -> list[tuple[str, ...]]:
    """Split modules so that several workers have something to do and a package is imported few times; largest first."""
    by_top: dict[str, list[str]] = defaultdict(list)
    for module in sorted(candidates):
        by_top[module.partition(".")[0]].append(module)
    groups = [
        tuple(modules[start : start + _GROUP]) for modules in by_top.values() for start in range(0, len(modules), _GROUP)
    ]
    return sorted(groups, key=len, reverse=True)
