"""Which requirements of a layer's distributions nothing meets, to tell an optional import from a missing one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from layerwright.layer.tree import Tree
from layerwright.run.modules import module_roots
from layerwright.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """The distributions of a stack.

    ``owners`` maps a file of the stack to the distribution whose RECORD has it; ``unmet`` maps a distribution to those of its
    unconditional requirements (for the target, no extras) that neither the stack nor the runtime meets.
    """

    owners: Mapping[str, str]
    unmet: Mapping[str, tuple[str, ...]]


def read_distributions(tree: Tree, target: Target, bundled: Iterable[str]) -> Distributions:
    """Return what the metadata in a stack says; ``bundled`` are the names of the runtime's own distributions."""
    requires: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    for root in module_roots(target):
        for path, entry in tree.items():
            folder, _, name = path.rpartition("/")
            if not folder.endswith(".dist-info") or folder.rpartition("/")[0] != root:
                continue
            project = str(canonicalize_name(folder.rpartition("/")[2].split("-")[0]))
            if name == "METADATA":
                headers = HeaderParser().parsestr(entry.read().decode("utf-8", "replace"))
                requires[project] = headers.get_all("Requires-Dist", [])
            elif name == "RECORD":
                rows = csv.reader(io.StringIO(entry.read().decode("utf-8", "replace")))
                owners |= {f"{root}/{row[0]}": project for row in rows if row}
    present = set(requires) | {str(canonicalize_name(name)) for name in bundled}
    environment = marker_environment(target)
    unmet = {
        project: tuple(sorted(name for name in _required(lines, environment) if name not in present))
        for project, lines in requires.items()
    }
    return Distributions(owners=owners, unmet=unmet)


def _required(lines: Iterable[str], environment: dict[str, str]) -> Iterable[str]:
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield str(canonicalize_name(requirement.name))


def marker_environment(target: Target) -> dict[str, str]:
    """Return the environment that markers see on Lambda."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{target.python_version}.0",
        "os_name": "posix",
        "platform_machine": target.machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{target.python_version}.0",
        "python_version": target.python_version,
        "sys_platform": "linux",
        "extra": "",
    }
