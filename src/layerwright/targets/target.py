"""The name of what a layer is built for: a Lambda runtime and an architecture, in AWS's own words."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from layerwright.errors import UsageError

ARCHITECTURES: Final = ("x86_64", "arm64")
RUNTIME_IDS: Final = (
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
)

_NAME = re.compile(r"(python3\.(\d+))-(x86_64|arm64)")
_SYNONYMS: Final = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A runtime and an architecture; light, and enough for whoever needs no more than names.

    ``runtime`` is Lambda's identifier (``python3.11``) or the name that a described runtime gives itself;
    ``architecture`` is ``x86_64`` or ``arm64``; ``description`` is the file of a runtime that a user
    described, None for Lambda's own. All else that is known comes from ``load_runtime``.
    """

    runtime: str
    python: tuple[int, int]
    architecture: str
    description: Path | None = None

    def __str__(self) -> str:
        """Return the name that ``parse_target`` takes: ``python3.11-x86_64``, or the description's path."""
        return str(self.description) if self.description else f"{self.runtime}-{self.architecture}"

    @property
    def machine(self) -> str:
        """The architecture in the kernel's and the wheel tags' word: ``x86_64`` or ``aarch64``."""
        return "aarch64" if self.architecture == "arm64" else self.architecture

    @property
    def python_version(self) -> str:
        """The minor version, as in ``3.11``."""
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def digest(self) -> str:
        """A hex digest that changes with the target, and with the content of a described runtime."""
        digest = hashlib.sha256(f"{self.runtime}-{self.architecture}".encode())
        if self.description is not None:
            digest.update(self.description.read_bytes())
        return digest.hexdigest()


def lambda_targets() -> tuple[Target, ...]:
    """Every runtime of Lambda with each of its architectures, oldest first."""
    return tuple(parse_target(f"{runtime}-{arch}") for runtime in RUNTIME_IDS for arch in ARCHITECTURES)


def parse_target(text: str) -> Target:
    """Read a target's name, or the path of a described runtime (a ``.toml`` file).

    >>> parse_target("python3.11-x86_64").machine
    'x86_64'

    Raises UsageError with the nearest name when there is no such target.
    """
    match = _NAME.fullmatch(text)
    if match and match[1] in RUNTIME_IDS:
        return Target(runtime=match[1], python=(3, int(match[2])), architecture=match[3])
    if text.endswith(".toml"):
        from layerwright.targets.description import read_target  # only these need TOML

        return read_target(Path(text))
    raise UsageError(f"unknown target {text!r}", hint=_advice(text))


def _advice(text: str) -> str:
    names = [f"{runtime}-{arch}" for runtime in RUNTIME_IDS for arch in ARCHITECTURES]
    plain = text.lower().replace("_x86", "-x86").replace(" ", "")
    for other, ours in _SYNONYMS.items():
        plain = plain.replace(other, ours)
    if plain in RUNTIME_IDS:
        return f"did you mean {plain}-x86_64 or {plain}-arm64?"
    near = difflib.get_close_matches(plain, names, n=1, cutoff=0.6)
    start = f"did you mean {near[0]}? " if near else ""
    return f"{start}`layerwright targets` lists them; a path ending in .toml names a described runtime"
