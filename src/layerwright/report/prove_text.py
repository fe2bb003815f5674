"""A proof as text: what was used and how it differs from Lambda, then what did not import, then a count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from layerwright.run.proof import HARMLESS, ModuleProof, Outcome, Proof

_WORDS = {
    Outcome.OPTIONAL: "lacks an optional dependency",
    Outcome.UNNEEDED: "fails alone, and nothing here needs it",
    Outcome.MISSING: "a module is missing",
    Outcome.REFUSED: "refused by the loader",
    Outcome.RAISED: "raised",
    Outcome.EXITED: "ended its process",
    Outcome.CRASHED: "crashed",
    Outcome.HUNG: "hung",
    Outcome.PACKAGE: "its package does not import",
}


def prove_text(proof: Proof, *, verbose: bool = False) -> str:
    """Return the text; ``verbose`` lists also what imported."""
    return "\n".join((f"target: {proof.target}", *proof_lines(proof, verbose=verbose)))


def proof_lines(proof: Proof, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of the text but for the target."""
    yield f"proved in: {proof.fidelity.environment}"
    for difference in proof.fidelity.differences:
        yield f"  differs from Lambda: {difference}"
    if proof.fault is not None:
        yield f"error: the runtime does not start with these layers: {proof.fault}"
    for module in sorted(proof.modules, key=lambda one: (one.outcome in HARMLESS, one.module)):
        if not module.ok:
            yield from _failure(module)
    if verbose:
        for module in proof.modules:
            if module.ok:
                yield f"ok: {module.module} ({module.seconds:.2f} s)"
    yield _count(proof)


def _failure(module: ModuleProof) -> Iterator[str]:
    word = "note" if module.outcome in HARMLESS else "error"
    yield f"{word}: {module.module}: {_WORDS[module.outcome]}"
    for line in (module.error or "").splitlines():
        yield f"    {line}"


def _count(proof: Proof) -> str:
    counts = Counter(module.outcome for module in proof.modules)
    parts = [f"{counts[Outcome.IMPORTED]} of {len(proof.modules)} modules import"]
    failures = len(proof.failures)
    if failures:
        parts.append(f"{failures} fail{'s' if failures == 1 else ''}")
    notes = counts[Outcome.OPTIONAL] + counts[Outcome.UNNEEDED]
    if notes:
        parts.append(f"{notes} that do{'es' if notes == 1 else ''} no harm")
    return ", ".join(parts)
