"""What proving a stack gives: how the import of each module went, and how close the place was to Lambda."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from layerwright.run.sandboxes.sandbox import Fidelity

SCHEMA_VERSION: Final = 1


class Outcome(StrEnum):
    """How the import of a module went."""

    IMPORTED = "imported"
    OPTIONAL = "optional"
    """It needs something that its distribution does not require: an extra, or a choice of the user's."""
    UNNEEDED = "unneeded"
    """An extension module that fails alone, and that nothing else here needs."""
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


HARMLESS: Final = frozenset({Outcome.IMPORTED, Outcome.OPTIONAL, Outcome.UNNEEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleProof:
    """How the import of one module went; ``error`` is None exactly when it imported.

    ``path`` is its file's in Lambda; ``missing`` the module that was not found, where that was the failure.
    """

    module: str
    path: str
    outcome: Outcome
    error: str | None
    seconds: float
    missing: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it imported."""
        return self.outcome is Outcome.IMPORTED

    def as_json(self) -> dict[str, object]:
        """Return the module as the JSON contract has it, and its outcome."""
        seconds = round(self.seconds, 3)
        return {
            "module": self.module,
            "ok": self.ok,
            "error": self.error,
            "seconds": seconds,
            "outcome": self.outcome.value,
        }


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
        """Whether everything imported, save for what lacks an optional dependency and what nothing needs."""
        return self.fault is None and all(module.outcome in HARMLESS for module in self.modules)

    @property
    def failures(self) -> tuple[ModuleProof, ...]:
        """The modules that do harm by not importing."""
        return tuple(module for module in self.modules if module.outcome not in HARMLESS)

    def as_json(self) -> dict[str, object]:
        """Return the proof as the JSON contract has it."""
        modules = [module.as_json() for module in self.modules]
        if self.fault is not None:
            modules.insert(
                0, {"module": "", "ok": False, "error": self.fault, "seconds": 0.0, "outcome": "raised"}
            )
        return {
            "schema_version": SCHEMA_VERSION,
            "target": self.target,
            "fidelity": str(self.fidelity),
            "ok": self.ok,
            "modules": modules,
        }
