"""Proving what is given as paths: read, laid out, put into a sandbox, imported."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from layerwright.checks.question import Question
from layerwright.checks.subject import Subject
from layerwright.checks.verify import read_contents
from layerwright.errors import NetworkError, NoSolutionError
from layerwright.run.client import runtime_packages
from layerwright.run.laid import lay_code, lay_layers
from layerwright.run.proof import Proof
from layerwright.run.prove import MEMORY_MB, Stage, prove
from layerwright.run.sandboxes.choose import Folders, Wish, choose_sandbox
from layerwright.targets.load import load_runtime
from layerwright.targets.runtime import Runtime
from layerwright.targets.target import Target
from layerwright.wheels.store import Store

_NO_PACKAGES = "the runtime's own packages (boto3 and the rest) are not here"


def prove_paths(
    layers: Sequence[Path],
    target: Target,
    store: Store,
    *,
    today: date,
    function: Path | None = None,
    wish: Wish | None = None,
    timeout_s: float = 60.0,
    memory_mb: int = MEMORY_MB,
    offline: bool = False,
    on_note: Callable[[str], None] | None = None,
) -> Proof:
    """Return the proof of layers (zips or folders, in the function's order), and of the function's code where it is given.

    ``on_note`` hears what is being used, before it runs. Raises UsageError, IntegrityError and RunError.
    """
    runtime = load_runtime(target)
    contents = read_contents(Question(layers=tuple(layers), function=function), store)
    subject = Subject(contents=contents, runtime=runtime, today=today)
    with tempfile.TemporaryDirectory(prefix="layerwright-prove-") as temporary:
        empty = Path(temporary, "task")
        empty.mkdir()
        stack = lay_layers(layers, store)
        code = lay_code(function, store) if function is not None else empty
        packages = _packages(runtime, store, offline=offline)
        folders = Folders(stack=stack, function=code, packages=packages or empty, temporary=Path(temporary))
        sandbox = choose_sandbox(runtime, folders, wish or Wish(), store)
        fidelity = sandbox.fidelity
        if packages is None:
            fidelity = replace(fidelity, differences=(*fidelity.differences, _NO_PACKAGES))
        if on_note is not None:
            on_note(str(fidelity))
        stage = Stage(stack=stack, function=code, packages=packages, timeout_s=timeout_s, memory_mb=memory_mb)
        return replace(prove(subject, sandbox, stage), fidelity=fidelity)


def _packages(runtime: Runtime, store: Store, *, offline: bool) -> Path | None:
    """Return the runtime's own packages; None where they are not in the store and can't be fetched."""
    try:
        return runtime_packages(runtime, store, offline=offline)
    except (NetworkError, NoSolutionError):
        return None
