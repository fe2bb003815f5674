"""The name of what a layer is built for: a Lambda runtime and an architecture, in AWS's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from layerwright.errors import UsageError
from layerwright.targets.entry import architectures, entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A runtime and an architecture; light, and enough for whoever needs no more than names.

    ``runtime`` is Lambda's identifier (``python3.11``) or the name that a described runtime gives itself;
    ``architecture`` is ``x86_64`` or ``arm64``; ``glibc`` is the C library's version; ``description`` is the
    file of a runtime that a user described, None for Lambda's own. All else comes from ``load_runtime``.
    """

    runtime: str
    python: tuple[int, int]
    architecture: str
    glibc: tuple[int, int]
    description: Path | None = None

    def __str__(self) -> str:
        """Return the name that ``parse_target`` takes: ``python3.11-x86_64``, or the description's path."""
        return str(self.description) if self.description else f"{self.runtime}-{self.architecture}"

    @property
    def machine(self) -> str:
        """The architecture in the kernel's and the wheel tags' word: ``x86_64`` or ``aarch64``."""
        return architectures()[self.architecture].machine

    @property
    def python_version(self) -> str:
        """The minor version, as in ``3.11``."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def digest(self) -> str:
        """A hex digest that changes with the target, and with the content of a described runtime."""
        import hashlib  # takes 3 ms, and not everyone asks

        digest = hashlib.sha256(f"{self.runtime}-{self.architecture}".encode())
        if self.description is not None:
            digest.update(self.description.read_bytes())
        return digest.hexdigest()


def runtime_ids() -> tuple[str, ...]:
    """Lambda's identifiers of its Python runtimes, oldest first."""
    return tuple(entries())


def lambda_targets() -> tuple[Target, ...]:
    """Every runtime of Lambda with each of its architectures, oldest first."""
    return tuple(
        _target(runtime, name) for runtime, entry in entries().items() for name in entry.architectures
    )


def parse_target(text: str) -> Target:
    """Read a target's name, or the path of a described runtime (a ``.toml`` file).

    >>> parse_target("python3.11-x86_64").machine
    'x86_64'

    Raises UsageError with the nearest name when there is no such target.
    """
    runtime, _, architecture = text.partition("-")
    entry = entries().get(runtime)
    if entry is not None and architecture in entry.architectures:
        return _target(runtime, architecture)
    if text.endswith(".toml"):
        from layerwright.targets.description import read_target

        return read_target(Path(text))
    from layerwright.targets.suggestion import suggest_target

    near = suggest_target(text)
    start = f"did you mean {' or '.join(near)}? " if near else ""
    hint = f"{start}`layerwright targets` lists them; a path ending in .toml names a described runtime"
    raise UsageError(f"unknown target {text!r}", hint=hint)


def _target(runtime: str, architecture: str) -> Target:
    entry = entries()[runtime]
    return Target(runtime=runtime, python=entry.python, architecture=architecture, glibc=entry.system.glibc)
