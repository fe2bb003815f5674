"""Imports what is in a stack of layers, for real, and says how it went and how close that was to Lambda."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from layerwright.checks.importability import Refusal, judge_refused
from layerwright.checks.statements import How
from layerwright.checks.subject import Subject
from layerwright.run.environment import FunctionIdentity, lambda_environment
from layerwright.run.modules import Candidate, find_modules
from layerwright.run.proof import ModuleProof, Outcome, Proof
from layerwright.run.prover import Prover
from layerwright.run.sandboxes.sandbox import Launch, Sandbox

MEMORY_MB: Final = 3008
_GROUP: Final = 60
_NOT_IN_PACKAGE: Final = re.compile(
    r"cannot import name '([^']+)' from (?:partially initialized module )?'([^']+)'"
)
_BELOW_RAISED: Final = frozenset({Outcome.RAISED, Outcome.PACKAGE})
_WEIGHED: Final = frozenset({Outcome.REFUSED, Outcome.RAISED, Outcome.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the folders of a run are on the host, and what limits it."""

    stack: Path
    function: Path | None = None
    packages: Path | None = None
    temporary: Path | None = None
    timeout_s: float = 60.0
    memory_mb: int | None = MEMORY_MB
    workers: int = 0


def prove(
    subject: Subject,
    sandbox: Sandbox,
    stage: Stage,
    *,
    on_module: Callable[[ModuleProof], None] | None = None,
) -> Proof:
    """Import each top-level module and each extension module of a stack in a process of its own.

    ``subject`` is what ``stage`` has laid out. ``on_module`` hears of each result as it comes, from one thread at a time,
    before it is weighed against the others. Raises RunError where the sandbox itself fails.
    """
    candidates = find_modules(subject)
    proofs: dict[str, ModuleProof] = {}

    def keep(answer: Mapping[str, Any]) -> None:
        proof = _proof(subject, candidates, answer)
        proofs[proof.module] = proof
        if on_module is not None:
            on_module(proof)

    prover = _prover(subject, sandbox, stage, keep)
    fault = prover.check_start()
    if fault is None:
        _prove_all(prover, _groups(candidates), stage.workers or min(os.cpu_count() or 1, 4))
        _try_other_ways(subject, candidates, proofs, stage, sandbox)
    modules = tuple(_weigh(subject, candidates[name], proofs) for name in sorted(proofs))
    return Proof(target=str(subject.target), fidelity=sandbox.fidelity, modules=modules, fault=fault)


def _prove_all(prover: Prover, groups: Iterable[Sequence[str]], workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        try:
            for done in [pool.submit(prover.prove, group) for group in groups]:
                done.result()
        except BaseException:
            # Above all Ctrl-C: no import is waited for, however long it may take.
            pool.shutdown(wait=False, cancel_futures=True)
            prover.stop()
            raise


def _prover(
    subject: Subject, sandbox: Sandbox, stage: Stage, keep: Callable[[Mapping[str, Any]], None]
) -> Prover:
    launch = _launch(subject, sandbox, stage)
    return Prover(lambda: sandbox.command(launch), keep, timeout_s=stage.timeout_s, memory_mb=stage.memory_mb)


def _proof(subject: Subject, candidates: Mapping[str, Candidate], answer: Mapping[str, Any]) -> ModuleProof:
    candidate = candidates[answer["module"]]
    proof = ModuleProof(
        module=candidate.module,
        path=candidate.path,
        outcome=Outcome(answer["kind"]),
        error=answer["error"],
        seconds=float(answer["seconds"]),
        missing=answer.get("missing"),
    )
    passed_over = _passed_over(subject, candidates, proof)
    if passed_over is not None:
        error = f"{proof.error} ({passed_over.path} is there, and its suffix is of another interpreter or architecture)"
        return replace(proof, outcome=Outcome.REFUSED, error=error, missing=passed_over.module)
    return proof


def _passed_over(
    subject: Subject, candidates: Mapping[str, Candidate], proof: ModuleProof
) -> Candidate | None:
    """Return the extension module that was looked for and is there, but for another interpreter; None for another failure."""
    name = proof.missing
    if name is None and (match := _NOT_IN_PACKAGE.search(proof.error or "")):
        name = f"{match[2]}.{match[1]}"
    found = candidates.get(name or "")
    if found is None or not found.extension or found.path.endswith(_accepted(subject, found)):
        return None
    return found


def _accepted(subject: Subject, candidate: Candidate) -> tuple[str, ...]:
    stem = candidate.module.rpartition(".")[2]
    return tuple(f"/{stem}{suffix}" for suffix in subject.runtime.extension_suffixes)


def _try_other_ways(
    subject: Subject,
    candidates: Mapping[str, Candidate],
    proofs: dict[str, ModuleProof],
    stage: Stage,
    sandbox: Sandbox,
) -> None:
    """Import what fails alone by way of the modules that import it; what succeeds there is proven."""
    ways = {
        name: way for name, proof in proofs.items() if (way := _way(subject, candidates[name], proof, proofs))
    }

    def keep(answer: Mapping[str, Any]) -> None:
        if answer["ok"]:
            proofs[answer["module"]] = _proof(subject, candidates, answer)

    _prover(subject, sandbox, stage, keep).prove_through(ways)


def _way(
    subject: Subject, candidate: Candidate, proof: ModuleProof, proofs: Mapping[str, ModuleProof]
) -> Sequence[str]:
    """Return a module to import for the sake of another that fails alone: one that imports it; empty where there is none.

    Some packages are made to be imported by another alone, and say so: psycopg_binary, without psycopg, raises.
    """
    if candidate.extension and proof.outcome is Outcome.RAISED and _top_imports(candidate.module, proofs):
        found = (one.module for one in subject.importers.of(candidate.module) if one.how is How.TOP)
        return [module for module in dict.fromkeys(found) if module][:1]
    top = candidate.module.partition(".")[0]
    failed = proofs.get(top)
    if proof.outcome not in _BELOW_RAISED or failed is None or failed.outcome is not Outcome.RAISED:
        return ()
    others = dict.fromkeys((one.module or "").partition(".")[0] for one in subject.importers.anywhere(top))
    return [name for name in others if name != top and name in proofs and proofs[name].ok][:1]


def _top_imports(name: str, proofs: Mapping[str, ModuleProof]) -> bool:
    top = proofs.get(name.partition(".")[0])
    return top is not None and top.ok and top.module != name


def _weigh(subject: Subject, candidate: Candidate, proofs: Mapping[str, ModuleProof]) -> ModuleProof:
    """Return the proof, its failure called optional or unneeded where it does no harm."""
    proof = proofs[candidate.module]
    if proof.outcome not in _WEIGHED:
        return proof
    if proof.outcome is Outcome.MISSING:
        owner = subject.contents.owner(candidate.path)
        unmet = sorted(_unmet(subject, owner.name)) if owner else []
        if owner is not None and unmet:
            return replace(
                proof, error=f"{proof.error} ({owner.name} requires {', '.join(unmet)}, which is in no layer)"
            )
        if owner is not None and subject.modules.find((proof.missing or "").partition(".")[0]) is None:
            return replace(proof, outcome=Outcome.OPTIONAL)
    if candidate.extension and _top_imports(candidate.module, proofs):
        refusal = Refusal.UNSEEN if proof.missing else Refusal.UNLOADABLE
        verdict = judge_refused(subject, {candidate.path: refusal})[candidate.path]
        if not verdict.breaks:
            return replace(proof, outcome=Outcome.UNNEEDED, error=f"{proof.error} ({verdict.reason})")
    return proof


def _unmet(subject: Subject, owner: str) -> set[str]:
    """Return which unconditional requirements of a distribution neither the layers nor the runtime meet."""
    bundled = {package.name for package in subject.runtime.bundled}
    needs = {one.project for one in subject.required if one.by.name == owner}
    return needs - set(subject.by_name) - bundled


def _launch(subject: Subject, sandbox: Sandbox, stage: Stage) -> Launch:
    paths = sandbox.paths
    isolated = "yes" if sandbox.isolated else "no"
    identity = FunctionIdentity(name="prove", memory_mb=stage.memory_mb or MEMORY_MB)
    return Launch(
        script="prove_driver.py",
        words=(paths.layers, paths.function, paths.packages, paths.temporary, isolated),
        stack=stage.stack,
        function=stage.function,
        packages=stage.packages,
        temporary=stage.temporary,
        environment=lambda_environment(subject.runtime, identity, paths=paths),
        network=False,
        memory_mb=stage.memory_mb,
    )


def _groups(candidates: Iterable[str]) -> list[tuple[str, ...]]:
    """Split modules so that several workers have something to do and a package is imported few times; largest first."""
    by_top: dict[str, list[str]] = defaultdict(list)
    for module in sorted(candidates):
        by_top[module.partition(".")[0]].append(module)
    groups = [
        tuple(modules[start : start + _GROUP])
        for modules in by_top.values()
        for start in range(0, len(modules), _GROUP)
    ]
    return sorted(groups, key=len, reverse=True)
