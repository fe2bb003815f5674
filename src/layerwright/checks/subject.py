"""What checks are given: one target, and what the layers and the function hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from layerwright.checks.check import Need
from layerwright.checks.contents import Contents
from layerwright.checks.distributions import Distribution
from layerwright.checks.importers import Importers
from layerwright.checks.layout import Misplaced, find_misplaced
from layerwright.checks.loadings import Loadings
from layerwright.checks.modules import ModuleIndex
from layerwright.checks.stack import Stack
from layerwright.checks.statements import Setting
from layerwright.targets.quotas import Quotas, load_quotas

if TYPE_CHECKING:
    from layerwright.checks.requirements import Needed
    from layerwright.checks.statements import Syntax
    from layerwright.layer.read import Layer
    from layerwright.targets.runtime import Runtime
    from layerwright.targets.target import Target


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Layers as the function of one target will get them.

    ``extras`` are those that were asked for, by normalised project name. ``environment`` are the variables that the
    function will be given, None where nobody told. ``today`` is the date that lifecycles are judged by. Facts are computed at
    first need and never again.
    """

    contents: Contents
    runtime: Runtime
    today: date
    handler: str | None = None
    extras: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    environment: Mapping[str, str] | None = None

    @property
    def target(self) -> Target:
        """The runtime's name and architecture."""
        return self.runtime.target

    @property
    def stack(self) -> Stack:
        """The layers merged, with the function."""
        return self.contents.stack

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, in order."""
        return self.stack.layers

    @property
    def function(self) -> Layer | None:
        """The function's own code."""
        return self.stack.function

    @property
    def setting(self) -> Setting:
        """What conditions in source files are judged by."""
        return Setting(self.target.python, self.target.machine)

    @cached_property
    def quotas(self) -> Quotas:
        """What AWS allows."""
        return load_quotas()

    @cached_property
    def modules(self) -> ModuleIndex:
        """What this runtime can import from the stack."""
        return ModuleIndex(self.stack, self.runtime)

    @cached_property
    def misplaced(self) -> tuple[Misplaced, ...]:
        """Packages in folders that this runtime doesn't search."""
        return tuple(find_misplaced(self.layers, self.runtime.layer.python))

    @cached_property
    def importers(self) -> Importers:
        """Who imports a module."""
        return Importers(self)

    @cached_property
    def loadings(self) -> Loadings:
        """What the loader says of each binary."""
        return Loadings(self)

    @cached_property
    def markers(self) -> Mapping[str, str]:
        """What environment markers are judged by."""
        from layerwright.resolve.markers import marker_environment  # only where something is required

        return marker_environment(self.target)

    @cached_property
    def required(self) -> tuple[Needed, ...]:
        """Every requirement that holds on this target, with those of extras that are asked for."""
        from layerwright.checks.requirements import find_required

        return find_required(self)

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """The distributions that the search path reaches, sorted by name; of one name all."""
        return tuple(one for one in self.contents.distributions if one.root in self.modules.roots)

    @cached_property
    def by_name(self) -> Mapping[str, Distribution]:
        """The distribution that ``importlib.metadata`` finds under each normalised name: the first on the search path."""
        order = {root: place for place, root in enumerate(self.modules.roots)}
        ranked = sorted(self.distributions, key=lambda one: order[one.root], reverse=True)
        return {one.name: one for one in ranked}

    def syntax(self, path: str) -> Syntax:
        """Return what a Python file imports and opens where it runs in this runtime."""
        return self.contents.syntax(path, self.setting)

    def mentioning(self, *words: str) -> tuple[str, ...]:
        """Return the paths of Python files on the search path whose text has any of these words."""
        return tuple(path for path in self.modules.sources() if self.contents.mentions(path, words))

    def missing(self, need: Need) -> str | None:
        """Return why a need can't be met, None where it is."""
        unmet = {
            Need.PYTHON: not self.modules.roots and "no Python folder that the runtime searches",
            Need.METADATA: not self.contents.distributions and "no distribution has metadata here",
            Need.BINARIES: not (any(map(_is_binary_name, self.stack)) or self.contents.binaries)
            and "there is no binary",
            Need.FUNCTION: self.function is None and "no function was given",
            Need.HANDLER: (self.function is None or not self.handler)
            and "no function and handler were given",
            Need.LIFECYCLE: self.runtime.lifecycle is None and "the runtime's dates are not known",
            Need.SDK: not any(one.name == "botocore" for one in self.runtime.bundled)
            and "the runtime brings no SDK",
            Need.ENVIRONMENT: self.environment is None and "no environment variables were given",
        }
        return unmet[need] or None

    def rebuild(self, *owners: Distribution | None) -> str:
        """Return the command that builds these distributions again for this target."""
        named = sorted({one.requirement for one in owners if one is not None})
        wanted = " ".join(f'"{requirement}"' for requirement in named) or "REQUIREMENT..."
        return f"layerwright build {wanted} --target {self.target}"


def _is_binary_name(path: str) -> bool:
    return (
        path.endswith((".so", ".dylib", ".dll", ".pyd"))
        or ".so." in path
        or path.startswith(("/opt/bin/", "/opt/extensions/"))
    )
