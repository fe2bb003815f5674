"""What a build returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from layerwright.checks.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPackage:
    """A package in a layer, with the artifact that it was taken from, and its hash in hex.

    ``license`` is what its metadata gives: an SPDX expression or, in older packages, free text.
    """

    name: str
    version: str
    artifact: str
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int
    license: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltLayer:
    """A layer that was built, or was refused.

    ``path`` is None where error findings kept it from being written; ``sha256`` and ``zipped_bytes`` are of the zip. ``unchanged``
    says that the output stood there already, intact. ``notes`` are sentences worth knowing. ``recipe`` is the key that the
    build is kept under, None where it is not kept.
    """

    name: str
    target: str
    path: Path | None
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int
    files: int
    packages: tuple[PackedPackage, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    unchanged: bool = False
    recipe: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is no error finding."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def written(self, path: Path, *, unchanged: bool) -> BuiltLayer:
        """Return the same layer, as it stands at a path."""
        return replace(self, path=path, unchanged=unchanged)

    def summary(self) -> Mapping[str, Any]:
        """All but the path and what changes from run to run, as JSON has it."""
        return {
            "unzipped_bytes": self.unzipped_bytes,
            "files": self.files,
            "packages": [
                [getattr(item, field.name) for field in fields(PackedPackage)] for item in self.packages
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
        }

    def as_json(self) -> dict[str, object]:
        """The layer as the JSON contract of ``build`` has it."""
        return {
            "name": self.name,
            "target": self.target,
            "path": str(self.path) if self.path else None,
            "sha256": self.sha256,
            "zipped_bytes": self.zipped_bytes,
            "unzipped_bytes": self.unzipped_bytes,
            "packages": [
                {"name": item.name, "version": item.version, "artifact": item.artifact, "sha256": item.sha256}
                for item in self.packages
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
        }


def layer_from_summary(
    summary: Mapping[str, Any], *, name: str, target: str, path: Path | None, sha256: str, zipped_bytes: int
) -> BuiltLayer:
    """Return the layer that a kept summary describes."""
    names = [field.name for field in fields(PackedPackage)]
    return BuiltLayer(
        name=name,
        target=target,
        path=path,
        sha256=sha256,
        zipped_bytes=zipped_bytes,
        unzipped_bytes=summary["unzipped_bytes"],
        files=summary["files"],
        packages=tuple(PackedPackage(**dict(zip(names, row, strict=True))) for row in summary["packages"]),
        findings=tuple(finding_from_json(item) for item in summary["findings"]),
        notes=tuple(summary["notes"]),
    )


def finding_from_json(item: Mapping[str, Any]) -> Finding:
    """Return the finding that ``Finding.as_json`` wrote."""
    return Finding(
        check=item["check"],
        severity=Severity(item["severity"]),
        layer=item["layer"],
        path=item["path"],
        message=item["message"],
        fix=item["fix"],
        detail={
            name: tuple(value) if isinstance(value, list) else value for name, value in item["detail"].items()
        },
    )
